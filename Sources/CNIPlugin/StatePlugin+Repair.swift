// SPDX-License-Identifier: Apache-2.0

internal import NetworkState

extension StatePlugin {
    /// Makes what CHECK would miss of an attachment, by the same description.
    ///
    /// What an ADD has only begun with is the container's, and what somebody else makes is theirs: neither is touched.
    public func repair(_ request: Request<Configuration>, isRehearsal: Bool) throws(CNIError) -> Plan {
        try validate(request.configuration, request.network)
        guard let previous = try request.previousResult else {
            throw CNIError(.invalidConfiguration, at: "prevResult", "a repair needs the result of ADD")
        }
        let whole = request.with(try allocate(.comparison, for: request))
        let wanted = StateRequest(
            whole, addresses: previous.of(whole), previousResult: previous, isAttached: true)
        let session = request.session(try request.openNamespace())
        var state = try desiredState(for: wanted).part { $0 == .always }
        let attempted = "cannot repair \(wanted.owner)"
        var found = try withKernel(attempted) { () throws(StateError) in
            var found = try isRehearsal ? session.observe(state) : session.observeForChange(state)
            try session.completeForwarding(of: &state, &found)
            return found
        }
        try prepare(&state, given: found, for: wanted)
        state = state.part { $0 == .always }
        let steps = try withKernel(attempted) { () throws(StateError) in
            try session.refuseConflicts(of: state, with: found, isBegun: true)
            try session.completeLeftovers(of: &state, &found)
            var steps = state.changes(from: found)
            if !steps.isEmpty {
                state = try state.without(session.referenceRules(of: wanted.owner))
                steps = state.changes(from: found)
            }
            if !isRehearsal, !steps.isEmpty { try session.apply(steps, of: state) {} }
            return steps
        }
        session.release()
        // A lease that is gone may be another's by now: that is for a person to judge.
        try request.ipam?.check()
        return Plan(steps: steps.map(\.description))
    }
}
