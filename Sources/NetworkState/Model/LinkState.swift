// SPDX-License-Identifier: Apache-2.0

public import Netlink

/// How a link should be.
///
/// What is nil is left as it is.
public struct LinkState: Hashable, Sendable {
    /// Its name in its namespace.
    public var name: String
    /// What it is; nil for a link that others make and that must be there.
    public var kind: LinkKind?
    /// The settings that links of every kind have, which CHECK demands.
    public var attributes: LinkAttributes
    /// What the link is made with besides; later plugins and the container may change it.
    public var initial = LinkAttributes()
    /// What it is made as, with settings that somebody may change later; nil for ``kind``.
    public var initialKind: LinkKind?
    /// The name of the bridge that it is a port of.
    public var master: String?
    /// Its settings as a port.
    public var port: BridgePort?
    /// The other end of a veth pair, which the description has too and which is made together with this one.
    public var peer: Peer?
    /// The link that it rests on, for kinds that need one: macvlan, ipvlan, vlan.
    public var parent: Peer?
    /// The link that comes here from where it is now, and goes back there with its name when it is not needed any more.
    public var loan: Peer?
    /// Whether neighbours are told each address that the link gets: they may remember its last owner.
    public var isAnnounced = true
    /// Whose it is: the link's alias, set when it is created, and needed for its removal.
    public var alias: String?
    /// Whether the kernel keeps the MAC address that the link has: a bridge without one of its own takes its ports'.
    ///
    /// Asserted when an address is added to the link.
    public var keepsMAC = false
    /// Which link it is in the kernel; nil in a description.
    public var identity: Identity?

    /// Which link one is, regardless of its name.
    public struct Identity: Hashable, Sendable {
        /// Its ifindex in its namespace.
        public var index: UInt32
        /// The ifindex of the other end of a pair, or of the link that it rests on, in that one's namespace.
        public var peer: UInt32?
        /// Whether ``peer`` is in another namespace.
        public var isPeerElsewhere: Bool
    }

    /// All settings that the link is made with.
    public var madeWith: LinkAttributes { attributes.completed(by: initial) }

    /// A link by where it is and what it is called there.
    public struct Peer: Hashable, Sendable {
        /// The namespace it is in.
        public var place: Place
        /// Its name there.
        public var name: String

        /// Creates a reference to the link `name` in `place`.
        public init(_ place: Place, _ name: String) {
            self.place = place
            self.name = name
        }
    }

    /// Creates a description that leaves everything but the link's existence alone.
    public init(_ name: String, _ kind: LinkKind? = nil, _ attributes: LinkAttributes = LinkAttributes()) {
        self.name = name
        self.kind = kind
        self.attributes = attributes
    }
}
