// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkSession {
    /// Whether there is a link of that name.
    public func hasLink(_ name: String, in place: Place) throws(StateError) -> Bool {
        let socket = try routing(place)
        let isThere = try netlink { () throws(NetlinkError) in try socket.link(.name(name)) } != nil
        if !isThere { known.noteAbsence(name, in: place) }
        return isThere
    }

    /// Finds the links of those names, and the names of their bridges.
    func observeLinks(
        _ names: [String], in place: Place, into state: inout ObservedState
    ) throws(StateError) {
        let names = known.unknown(names, in: place)
        if names.isEmpty { return }
        let socket = try routing(place)
        let links = try netlink { () throws(NetlinkError) in try socket.links(named: names) }
        for link in links { indices[link.name, in: place] = link.index }
        for link in links {
            var master: String?
            if let index = link.master {
                master = links.first { $0.index == index }?.name
                if master == nil {
                    master = try netlink { () throws(NetlinkError) in try socket.link(.index(index)) }?.name
                }
            }
            state.insert(.link(LinkState(link, master: master)), in: place)
        }
    }

    /// The number of a link, asked for if it is not known yet.
    func index(of name: String, in place: Place) throws(StateError) -> UInt32 {
        if let index = indices[name, in: place] { return index }
        let socket = try routing(place)
        guard let link = try netlink({ () throws(NetlinkError) in try socket.link(.name(name)) }) else {
            throw StateError(
                NetlinkError(operation: "link show \(name)", errno: 19, kernelMessage: nil))  // ENODEV
        }
        indices[name, in: place] = link.index
        known.note(link, in: place)
        return link.index
    }

    /// Runs a netlink operation and wraps its failure.
    func netlink<Value>(_ body: () throws(NetlinkError) -> Value) throws(StateError) -> Value {
        do throws(NetlinkError) {
            return try body()
        } catch {
            throw StateError(error)
        }
    }
}

extension LinkState {
    /// A link as it was found.
    init(_ link: Link, master: String?) {
        self.init(link.name, link.kind, link.attributes)
        self.master = master
        port = link.port
        alias = link.attributes.alias
        identity = Identity(
            index: link.index, peer: link.peer, isPeerElsewhere: link.peerNamespace != nil)
    }
}

extension NetworkSession {
    /// Whether a link in the container is up besides one.
    package func hasLinksUp(besides name: String) throws(StateError) -> Bool {
        let socket = try routing(.container)
        let links = try netlink { () throws(NetlinkError) in try socket.links() }
        return links.contains { $0.name != name && $0.attributes.isUp == true }
    }
}
