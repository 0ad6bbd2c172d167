// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkSession {
    /// Has what dead attachments, and the attachment itself with another configuration, have left under the keys of elements
    /// that are described go from the other sets of their table.
    ///
    /// A key is in one set once, but several may say what it means, such as one for each way to a port. Looks into them only
    /// if an element is there that is not as described.
    public func completeLeftovers(
        of state: inout NetworkState, _ found: inout ObservedState
    ) throws(StateError) {
        let replaced = state.replacedElements(in: found)
        if replaced.isEmpty { return }
        let socket = try firewall(.host)
        for old in replaced {
            let sets = try netlink { () throws(NetlinkError) in try socket.sets(in: old.set.table) }
                .filter { $0.key == old.set.key && !$0.isInterval }
            let answers = try netlink { () throws(NetlinkError) in
                try socket.get(sets.map { .element(old.key, in: $0) })
            }
            for case (let set, .element(let element)) in zip(sets, answers) {
                if !state.hasElement(old.key, in: set) {
                    // Ports of both families have the same keys.
                    guard let step = element.withdrawal(from: set, where: old.owners.contains),
                        !state.leftovers.contains(where: { $0.object?.key == step.object?.key })
                    else { continue }
                    state.leftovers.append(step)
                } else if element.owners.contains(where: { $0 != state.owner && old.owners.contains($0) }) {
                    // Not to be joined: it is the attachment's alone.
                    let staying = element.owners.filter { !old.owners.contains($0) }
                    found.insert(.firewall(.element(element.with(owners: staying), in: set)), in: .host)
                }
            }
        }
    }
}
