// SPDX-License-Identifier: Apache-2.0

internal import Addressing
public import NetworkState

/// Other nodes' leases as a node sees them: what it reaches, and what it leaves out.
///
/// One lease that contradicts another is left out, so that it takes all of them to judge any.
public struct JudgedLeases: Hashable, Sendable {
    /// What is reached, and how; each subnet once.
    let accepted: [AcceptedPart]
    /// What was left out.
    public let refused: [RefusedLease]
    /// What the host has of its own, which was left alone.
    public let host: HostNetworks

    /// How many subnets are reached.
    public var count: Int { accepted.count }
}

extension OverlayNode {
    /// Only what is other for new leases than for those before, and how that is expected to be now.
    ///
    /// For ``NetworkSession/converge(to:from:)``: a change of one lease among thousands takes no look at the others.
    /// Whatever else may be wrong in the kernel stays until everything is compared.
    public func changedState(
        from old: JudgedLeases, to new: JudgedLeases
    ) -> (state: NetworkState, expected: ObservedState) {
        var state = NetworkState(owner: Self.mark)
        var expected = ObservedState()
        let (before, after) = (Set(old.accepted), Set(new.accepted))
        for part in new.accepted where !before.contains(part) { add(part, to: &state) }
        let kept = Set(state.items.map(\.object.key))
        var gone = NetworkState(owner: Self.mark)
        for part in old.accepted where !after.contains(part) { add(part, to: &gone) }
        for item in gone.items {
            expected.insert(item.object, in: item.place)
            if !kept.contains(item.object.key) { state.exclude(item.object, in: item.place) }
        }
        return (state, expected)
    }
}
