// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
public import Namespaces

/// The settings of one end of a virtual Ethernet pair, as `ip link add type veth peer`.
///
/// See veth(4).
public struct Veth: LinkKindSettings {
    /// The other end, to create it together with this one.
    public struct Peer: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// What it is created with: MTU, MAC address and queue length.
        ///
        /// It is created down (veth_open() wants both ends to exist).
        public var attributes: LinkAttributes
        /// The descriptor of the namespace it is created in; nil for this end's.
        package var namespace: CInt?

        /// Creates a peer in the same namespace.
        public init(name: String, attributes: LinkAttributes = LinkAttributes()) {
            self.name = name
            self.attributes = attributes
        }

        /// Creates a peer in a namespace, whose handle must live until the request was sent.
        public init(
            name: String, attributes: LinkAttributes = LinkAttributes(),
            in namespace: borrowing NetworkNamespace
        ) {
            self.init(name: name, attributes: attributes)
            self.namespace = namespace.rawDescriptor
        }
    }

    /// The other end to create; nil in what the kernel reports, where ``Link/peer`` has its index.
    public var peer: Peer?

    /// `veth`.
    public static let kind = "veth"

    /// Creates settings; without a peer the kernel names one.
    public init(peer: Peer? = nil) { self.peer = peer }

    /// Appends the other end, if there is one to create.
    public func encode(into data: inout AttributeWriter) {
        guard let peer else { return }
        data.request.nest(Int(VETH_INFO_PEER)) { request in
            request.header(ifinfomsg())
            request.attribute(Int(IFLA_IFNAME), peer.name)
            peer.attributes.encodeForCreation(into: &request)
            if let namespace = peer.namespace { request.attribute(Int(IFLA_NET_NS_FD), namespace) }
        }
    }

    /// There is nothing to decode.
    public init(_ data: Attributes) { peer = nil }

    /// All are the same: the other end is a link of its own, and compared as that.
    public func fit(_ found: Veth) -> LinkKindFit { .same }

    /// Nothing differs.
    public func changes(from found: Veth) -> (wanted: Veth, found: Veth) { (self, found) }
}
