// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import Netlink

/// What an earlier result says of an attachment's links: for those that no mark tells ours, as another implementation's.
public struct ResultEvidence: Sendable {
    /// A link that the result lists.
    public struct Link: Sendable {
        /// Its name.
        public var name: String
        /// Its MAC address; nil if the result does not say.
        public var mac: MACAddress?

        /// Creates a link of a result.
        public init(name: String, mac: MACAddress?) {
            self.name = name
            self.mac = mac
        }
    }

    /// The attachment's interface in the container; nil if the result does not list it.
    public var container: Link?
    /// The links on the host.
    public var host: [Link] = []
    /// The attachment's addresses.
    public var addresses: [IPPrefix] = []

    /// Creates evidence that says nothing.
    public init() {}

    /// Whether the result is about this link, and not about another one of its name.
    func isAbout(_ link: Netlink.Link, hostEnd: Netlink.Link?, addresses: [IPPrefix]) -> Bool {
        // Results before version 0.3.0 have no interfaces.
        guard let container else {
            return !self.addresses.isEmpty && self.addresses.allSatisfy(addresses.contains)
        }
        guard let mac = container.mac, mac == link.attributes.mac else { return false }
        guard let hostEnd, !host.isEmpty else { return true }
        return host.contains { $0.name == hostEnd.name || $0.mac != nil && $0.mac == hostEnd.attributes.mac }
    }
}

/// Whose the link of an attachment's name in the container is.
public struct ContainerLink: Sendable {
    /// Whether it is the attachment's own: by its alias, by that of its other end, or by the result.
    public let isOurs: Bool
    /// The alias that says whose it is; nil if nothing does.
    public let owner: String?
    /// The addresses of global scope on it.
    public let addresses: [IPPrefix]
    /// Its MAC address.
    public let mac: MACAddress?
    let index: UInt32
    /// Its other end on the host.
    let hostEnd: Netlink.Link?
}

extension NetworkSession {
    /// Finds out whose the link of that name in the container is; nil if there is none.
    ///
    /// - Parameters:
    ///   - owner: The attachment's key.
    ///   - evidence: What an earlier result says.
    public func containerLink(
        _ name: String, owner: String, evidence: ResultEvidence? = nil
    ) throws(StateError) -> ContainerLink? {
        guard hasContainer else { return nil }
        let socket = try routing(.container)
        guard let link = try netlink({ () throws(NetlinkError) in try socket.link(.name(name)) }) else {
            known.noteAbsence(name, in: .container)
            return nil
        }
        indices[name, in: .container] = link.index
        let hostEnd = try self.hostEnd(of: link)
        let addresses = try netlink { () throws(NetlinkError) in try socket.addresses(on: link.index) }
            .map(\.address).filter { $0.scope == .global }.map(\.prefix)
        let alias = hostEnd?.attributes.alias ?? link.attributes.alias
        // A mark that says somebody else's outweighs a result, which may be an old one.
        let isOurs =
            (alias ?? "").isEmpty
            ? evidence?.isAbout(link, hostEnd: hostEnd, addresses: addresses) ?? false
            : link.attributes.alias == owner || hostEnd?.attributes.alias == owner
        return ContainerLink(
            isOurs: isOurs, owner: alias, addresses: addresses, mac: link.attributes.mac, index: link.index,
            hostEnd: hostEnd)
    }

    /// The other end of a container's link, if that is in the host's namespace and knows this one as its other end.
    private func hostEnd(of link: Netlink.Link) throws(StateError) -> Netlink.Link? {
        guard let peer = link.peer, link.peerNamespace != nil, let descriptor = containerDescriptor else {
            return nil
        }
        let socket = try routing(.host)
        guard let end = try netlink({ () throws(NetlinkError) in try socket.link(.index(peer)) }),
            end.peer == link.index, let namespace = end.peerNamespace
        else { return nil }
        // Numbers of links are each namespace's own: the one that this end leads to has to be the container's.
        let number = try netlink { () throws(NetlinkError) in
            try socket.namespaceNumbers(of: [descriptor])
        }.first
        return number == namespace ? end : nil
    }
}
