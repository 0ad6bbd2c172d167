// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkSession {
    /// Removes the shared objects of a description that were made here and that nobody uses any more.
    ///
    /// Does nothing while another process makes or removes an attachment, which then does it at its own end.
    public func removeUnused(_ state: NetworkState) throws(StateError) {
        guard state.items.contains(where: { $0.lifetime == .network }), try tryHoldExclusively() else {
            return
        }
        defer { release() }
        try removeUnused(state, unmarked: [])
    }

    /// Does it for one who holds the lock exclusively already.
    ///
    /// Takes the links of the names `unmarked` for ours without their mark: they were just made, and marking them
    /// failed.
    func removeUnused(_ state: NetworkState, unmarked: [String]) throws(StateError) {
        let shared = state.items.filter { $0.lifetime == .network && $0.isPresent }
        for place in Place.allCases where place == .host || hasContainer {
            try removeUnusedTables(shared.filter { $0.place == place }.map(\.object), in: place)
            try removeUnusedLinks(shared.filter { $0.place == place }.map(\.object), in: place, unmarked)
        }
    }

    private func removeUnusedLinks(
        _ objects: [Object], in place: Place, _ unmarked: [String]
    ) throws(StateError) {
        let names = objects.compactMap { object -> String? in
            if case .link(let link) = object, link.mark != nil { link.name } else { nil }
        }
        if names.isEmpty { return }
        let socket = try routing(place)
        let found = try netlink { () throws(NetlinkError) in
            try socket.links(named: names)
        }.filter { link in
            link.attributes.alias.map { $0 == NetworkState.sharedMark } ?? unmarked.contains(link.name)
        }
        for link in found {
            guard case .bridge = link.kind else { continue }
            let other = try openRouting(place)
            let ports = try netlink { () throws(NetlinkError) in try other.somePorts(of: link.index) }
            if ports.contains(where: { !names.contains($0.name) }) { return }
        }
        for link in found {
            do throws(NetlinkError) {
                try socket.perform { $0.deleteLink(.index(link.index)) }
            } catch  where error.meansAbsence {
                continue  // the other end of a pair that has just gone
            } catch {
                throw StateError(error)
            }
        }
        for name in names { indices[name, in: place] = nil }
    }
}
