// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkSession {
    /// Reconciles the kernel with a description as far as possible: observes, and does every step that can be done.
    ///
    /// For agents, which come again until nothing is to be done: a step that fails keeps no other one from being
    /// done, and nothing is taken back, since most of a network is better than none. What is gone already needs no
    /// removal. A table of nf_tables that somebody else has made under a described name is a failure, and stays.
    ///
    /// - Returns: The steps that were done; none if everything was as described.
    /// - Throws: The first failure, with the others.
    @discardableResult
    public func converge(to state: NetworkState) throws(StateError) -> [Change] {
        // Numbers may have changed hands since the last time.
        indices = LinkIndices()
        return try converge(to: state, from: try observe(state))
    }

    /// Does every step from what is expected to be there to a description, without looking.
    ///
    /// For agents that know what they have made, and compare everything with ``converge(to:)`` soon afterwards.
    ///
    /// - Returns: The steps that were done.
    /// - Throws: The first failure, with the others; what was expected may be wrong.
    @discardableResult
    public func converge(
        to state: NetworkState, from expected: ObservedState
    ) throws(StateError) -> [Change] {
        let foreign = state.foreignTables(in: expected)
        let changes = state.without(foreign).changes(from: expected)
        let refusals = foreign.filter(\.isWanted).map { StateError(.taken($0.text)) }
        if changes.isEmpty, refusals.isEmpty { return [] }
        // First what goes: what is missing by then was no failure.
        let (removals, others) = changes.partitioned { $0.isRemoval }
        let (gone, removalFailures) = perform(removals, pastFailures: true)
        let (done, failures) = perform(others, pastFailures: true)
        let all = refusals + removalFailures.filter { !$0.meansAbsence } + failures
        guard var first = all.first else { return gone + done }
        let shown = all.dropFirst().prefix(Self.shownFailures)
        first.others = shown.map(\.description)
        if all.count > shown.count + 1 { first.others.append("and \(all.count - shown.count - 1) more") }
        throw first
    }

    private static var shownFailures: Int { 20 }
}

extension Change {
    var isRemoval: Bool {
        if case .remove = action { true } else { false }
    }
}

extension [Change] {
    /// Those that `isFirst` accepts, and the others, each in their order.
    func partitioned(_ isFirst: (Change) -> Bool) -> ([Change], [Change]) {
        var (first, second): ([Change], [Change]) = ([], [])
        for change in self {
            if isFirst(change) { first.append(change) } else { second.append(change) }
        }
        return (first, second)
    }
}
