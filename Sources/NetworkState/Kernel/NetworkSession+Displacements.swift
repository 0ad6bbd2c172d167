// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkSession {
    /// Has the rules go that select packets by the name of a link that makes room by going, unless the new attachment
    /// describes the same ones.
    ///
    /// The kernel matches rules with links by name: the earlier attachment's would lead the new one's packets. Looks at
    /// rules only if there is such a link.
    public func completeDisplacements(of state: inout NetworkState) throws(StateError) {
        let described = state.items.map(\.object.key)
        for index in state.displacements.indices where state.displacements[index].name == nil {
            let displacement = state.displacements[index]
            let name = displacement.link.name
            for step in try recordedSteps(of: displacement.owner) where step.place == displacement.place {
                guard case .remove(.rule(let rule)) = step.action, rule.input == name || rule.output == name,
                    !described.contains(Object.rule(rule).key), try isThere(rule, in: step.place)
                else { continue }
                state.displacements[index].rules.append(rule)
            }
        }
    }

    private func isThere(_ rule: Rule, in place: Place) throws(StateError) -> Bool {
        let socket = try routing(place)
        return try netlink { () throws(NetlinkError) in try socket.rules(rule.family, like: [rule]) }
            .contains { Object.rule($0).key == Object.rule(rule).key }
    }
}
