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
    /// The settings that links of every kind have.
    public var attributes: LinkAttributes
    /// The name of the bridge that it is a port of.
    public var master: String?
    /// Its settings as a port.
    public var port: BridgePort?
    /// The other end of a veth pair, which the description has too and which is made together with this one.
    public var peer: Peer?
    /// Who made it: the link's alias, set when it is created, and needed for its removal.
    public var mark: String?

    /// Where the other end of a veth pair is.
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
