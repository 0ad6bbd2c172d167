// SPDX-License-Identifier: Apache-2.0

internal import NetworkState

extension StatePlugin {
    /// Compares what is there with the description; the differences are the error's details.
    ///
    /// What an ADD has only begun with, and later plugins of the chain or the container may change, does not count.
    public func check(_ request: Request<Configuration>) throws(CNIError) {
        try validate(request.configuration, request.network)
        guard let previous = try request.previousResult else {
            throw CNIError(.invalidConfiguration, at: "prevResult", "CHECK needs the result of ADD")
        }
        try request.ipam?.check()
        let request = request.with(try allocate(.comparison, for: request))
        let wanted = StateRequest(
            request, addresses: previous.of(request), previousResult: previous, isAttached: true)
        var state = try desiredState(for: wanted).part { $0 != .addition }
        let session = request.session(try request.openNamespace())
        let found = try withKernel("cannot check \(wanted.owner)") { () throws(StateError) in
            try session.observe(state, isInspection: true)
        }
        try prepare(&state, given: found, for: wanted)
        state = state.part { $0 != .addition }
        var faults = state.faults(in: found)
        if faults.isEmpty { return }
        let others = try withKernel("cannot check \(wanted.owner)") { () throws(StateError) in
            try session.referenceRules(of: wanted.owner)
        }
        faults = state.without(others).faults(in: found)
        if faults.isEmpty { return }
        throw CNIError(
            CNIError.notAsDescribed, "the network of \(wanted.owner) is not as it should be",
            details: faults.joined(separator: "\n"))
    }

    /// Whether an ADD could succeed: the configuration holds, the kernel answers, and there are addresses left.
    public func status(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        do throws(CNIError) {
            try validate(request.configuration, request.network)
            try request.ipam?.status()
            // With an address, since the gateway, forwarding and masquerading come with one.
            let addresses = supplement(request.ipam?.preview() ?? CNIResult(), for: request.configuration)
            let wanted = StateRequest(request).with(addresses: addresses)
            var state = try desiredState(for: wanted).shared
            let session = NetworkSession(
                container: nil, plugin: request.plugin, recordPath: request.recordPath)
            let found = try withKernel("cannot read the host's network") { () throws(StateError) in
                var found = try session.observe(state)
                try session.completeForwarding(of: &state, &found)
                return found
            }
            try requireOthersPart(of: state, found)
            try prepare(&state, given: found, for: wanted)
            try withKernel("cannot attach") { () throws(StateError) in
                try session.refuseConflicts(of: state, with: found, isBegun: false)
                try session.requireMeans(for: state.part { $0 != .inspection }.changes(from: found))
            }
            try Self.requireAllocation(of: request.network)
        } catch  where error.code == .limitedConnectivity {
            throw error
        } catch {
            throw CNIError(.pluginNotAvailable, error.message, details: error.details)
        }
    }

    /// What others make and attachments need has to be there, or containers reach only part of the network.
    private func requireOthersPart(of state: NetworkState, _ found: ObservedState) throws(CNIError) {
        let faults = state.part { $0 == .inspection }.faults(in: found)
        if faults.isEmpty { return }
        throw CNIError(
            .limitedConnectivity, "what containers need on this host: \(faults[0])",
            details: faults.count > 1 ? faults.dropFirst().joined(separator: "\n") : nil)
    }
}
