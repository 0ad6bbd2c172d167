// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkSession {
    /// Appends the request for a queueing discipline; none to delete one that another has taken the place of.
    func append(
        _ verb: Verb, _ qdisc: Qdisc, on link: String, _ place: Place, to batch: inout Batch
    ) throws(StateError) {
        let index = try index(of: link, in: place)
        if verb == .delete {
            let socket = try routing(place)
            let found = try netlink { () throws(NetlinkError) in try socket.qdiscs(on: index) }
            let isThere = found.contains { entry in
                entry.qdisc.parent == qdisc.parent && entry.qdisc.kind.name == qdisc.kind.name
                    && (qdisc.handle == .none || entry.qdisc.handle == qdisc.handle)
            }
            if !isThere { return }
        }
        batch.qdisc(verb, qdisc, on: index, named: link)
    }

    /// Appends the requests for a redirection.
    ///
    /// A filter is known by its number alone, so that one is replaced by removing all of its priority, which is ours.
    func append(
        _ verb: Verb, _ redirection: Redirection, _ place: Place, to batch: inout Batch
    ) throws(StateError) {
        let link = redirection.link
        let index = try index(of: link, in: place)
        if verb != .add, try !redirections(on: index, in: place).isEmpty {
            let old = TrafficFilter(.u32(U32([])), parent: .clsactIngress, priority: Redirection.priority)
            batch.filter(.delete, old, on: index, named: link)
        }
        if verb == .delete || redirection.target.isEmpty { return }
        let target = try self.index(of: redirection.target, in: place)
        let filter = TrafficFilter(
            .u32(U32([.mirred(TrafficAction.Mirred(to: target))])), parent: .clsactIngress,
            priority: Redirection.priority)
        batch.filter(.add, filter, on: index, named: link)
    }

    /// The numbers of the links that what comes in by a link is handed to.
    private func redirections(on index: UInt32, in place: Place) throws(StateError) -> [UInt32] {
        let socket = try routing(place)
        let filters = try netlink { () throws(NetlinkError) in
            try socket.filters(on: index, parent: .clsactIngress)
        }
        return filters.compactMap { filter in
            guard filter.priority == Redirection.priority, case .u32(let u32) = filter.classifier,
                case .mirred(let mirred)? = u32.actions.first
            else { return nil }
            return mirred.index
        }
    }

    /// Finds the queueing disciplines of a link.
    func observeQdiscs(
        of name: String, _ index: UInt32, in place: Place, into found: inout ObservedState
    ) throws(StateError) {
        let socket = try routing(place)
        for entry in try netlink({ () throws(NetlinkError) in try socket.qdiscs(on: index) }) {
            found.insert(.qdisc(entry.qdisc, link: name), in: place)
        }
    }

    /// Finds where what comes in by a link is handed to; a link that is gone has no name.
    func observeRedirections(
        of name: String, _ index: UInt32, in place: Place, into found: inout ObservedState
    ) throws(StateError) {
        let socket = try routing(place)
        for number in try redirections(on: index, in: place) {
            var target: String?
            if number != 0 {
                target = try netlink { () throws(NetlinkError) in try socket.link(.index(number)) }?.name
            }
            found.insert(.redirection(Redirection(from: name, to: target ?? "")), in: place)
        }
    }
}
