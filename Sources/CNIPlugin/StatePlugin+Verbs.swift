// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import NetworkState

extension StatePlugin {
    /// Compares what is there with the description; the differences are the error's details.
    public func check(_ request: Request<Configuration>) throws(CNIError) {
        try validate(request.configuration, request.network)
        guard let previous = try request.previousResult else {
            throw CNIError(.invalidConfiguration, at: "prevResult", "CHECK needs the result of ADD")
        }
        try request.ipam?.check()
        let wanted = StateRequest(request, addresses: previous.of(request), previousResult: previous)
        let state = try desiredState(for: wanted)
        let session = NetworkSession(container: try request.openNamespace())
        let found = try withKernel("cannot check \(wanted.owner)") { () throws(StateError) in
            try session.observe(state)
        }
        let changes = state.changes(from: found)
        if changes.isEmpty { return }
        throw CNIError(
            CNIError.notAsDescribed, "the network of \(wanted.owner) is not as it should be",
            details: changes.map { "missing: \($0)" }.joined(separator: "\n"))
    }

    /// Takes apart what there is of the attachment.
    ///
    /// What is gone already is fine; every step is tried.
    public func delete(_ request: Request<Configuration>) throws(CNIError) {
        var failures = Failures()
        let session = NetworkSession(container: try request.openNamespaceIfPresent())
        var wanted = StateRequest(request, addresses: CNIResult())
        failures.attempt { () throws(CNIError) in wanted = try deletion(request, session) }
        var state = NetworkState(owner: wanted.owner)
        failures.attempt { () throws(CNIError) in state = try desiredState(for: wanted) }
        failures.attempt { () throws(CNIError) in try takeApart(state, of: wanted, session) }
        failures.attempt { () throws(CNIError) in try request.ipam?.delete() }
        failures.attempt { () throws(CNIError) in
            try withKernel("cannot clean up after \(wanted.owner)") { () throws(StateError) in
                try session.removeUnused(state)
            }
        }
        try failures.raise()
    }

    /// What there is to take apart, by the earlier result or else by what the container's interface has.
    func deletion(
        _ request: Request<Configuration>, _ session: NetworkSession
    ) throws(CNIError) -> StateRequest<Configuration> {
        // A result that cannot be read is as good as none: the marks in the kernel say what is ours.
        if let previous = (try? request.previousResult) ?? nil {
            return StateRequest(request, addresses: previous.of(request), previousResult: previous)
        }
        var addresses = CNIResult()
        addresses.ips = try withKernel("cannot look into the container") { () throws(StateError) in
            try session.addresses(ofContainerLink: request.interface)
        }.map { CNIResult.IPConfiguration(address: $0) }
        return StateRequest(request, addresses: addresses)
    }

    private func takeApart(
        _ state: NetworkState, of wanted: StateRequest<Configuration>, _ session: NetworkSession
    ) throws(CNIError) {
        try withKernel("cannot detach \(wanted.owner)") { () throws(StateError) in
            try session.remove(session.removals(of: state, byMarks: wanted.previousResult == nil), of: state)
        }
    }

    /// Removes what carries the mark of an attachment of this network that is not valid any more.
    public func collect(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        let network = request.network.name
        let valid = Set(request.validAttachments.map { $0.key(in: network) })
        let session = NetworkSession(container: nil)
        let state = try desiredState(for: StateRequest(request))
        var failures = Failures()
        failures.attempt { () throws(CNIError) in
            try withKernel("cannot collect garbage of network \(network)") { () throws(StateError) in
                let stale = try session.removalsOfOwned(in: state) {
                    $0.hasPrefix(network.keyPrefix) && !valid.contains($0)
                }
                try session.remove(stale, of: state)
            }
        }
        failures.attempt { () throws(CNIError) in try request.ipam?.collect() }
        failures.attempt { () throws(CNIError) in
            try withKernel("cannot clean up network \(network)") { () throws(StateError) in
                try session.removeUnused(state)
            }
        }
        try failures.raise()
    }

    /// Whether an ADD could succeed: the configuration holds, the kernel answers, and there are addresses left.
    public func status(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        do throws(CNIError) {
            try validate(request.configuration, request.network)
            var state = try desiredState(for: StateRequest(request))
            let session = NetworkSession(container: nil)
            let found = try withKernel("cannot read the host's network") { () throws(StateError) in
                try session.observe(state)
            }
            try prepare(&state, given: found, for: StateRequest(request))
            try request.ipam?.status()
        } catch  where error.code == .limitedConnectivity {
            throw error
        } catch {
            throw CNIError(.pluginNotAvailable, error.message, details: error.details)
        }
    }
}

/// The failures of steps that are all tried, as one error.
private struct Failures {
    private var first: CNIError?

    mutating func attempt(_ body: () throws(CNIError) -> Void) {
        do throws(CNIError) {
            try body()
        } catch {
            first = first?.adding(error) ?? error
        }
    }

    /// Throws the first failure with the others in its details, if there was one.
    func raise() throws(CNIError) {
        if let first { throw first }
    }
}

extension StateRequest {
    fileprivate init(_ request: NetworkRequest<Configuration>) {
        command = request.command
        attachment = nil
        configuration = request.configuration
        network = request.network
        arguments = CNIArguments()
        addresses = CNIResult()
        previousResult = nil
    }
}

extension CNIResult {
    /// The part of a chain's result that is this attachment's interface: later plugins may have added their own.
    fileprivate func of<Configuration>(_ request: Request<Configuration>) -> CNIResult {
        var part = self
        let own = interfaces.indices.filter {
            interfaces[$0].name == request.interface && !(interfaces[$0].sandbox ?? "").isEmpty
        }
        part.ips = ips.filter { $0.interface.map { own.contains($0) } ?? true }
        return part
    }
}
