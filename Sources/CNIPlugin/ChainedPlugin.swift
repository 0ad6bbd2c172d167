// SPDX-License-Identifier: Apache-2.0

internal import Netlink
public import NetworkState

/// A plugin that comes after another one in a chain and changes, or adds to, what that one has made: it describes just
/// that.
///
/// The interface must exist, there is no IPAM, and the result is the earlier plugin's. What a setting was before is
/// recorded, so that a DEL gives the living container back what it had.
public protocol ChainedPlugin: StatePlugin {
    /// The earlier plugins' result with what this one has changed of it.
    func result(_ previous: CNIResult, of state: NetworkState, for request: StateRequest<Configuration>)
        -> CNIResult

    /// The links on the host, and the tables with elements, that the plugin may have for an attachment, whatever its
    /// configuration says by the time of a DEL: what has the attachment's mark there goes.
    static func part(of attachment: Attachment) -> NetworkState

    /// What a DEL does at its end, such as to put back what another implementation of the plugin has noted.
    func conclude(_ request: Request<Configuration>) throws(CNIError)
}

extension ChainedPlugin {
    /// The earlier plugins' result as it is.
    public func result(
        _ previous: CNIResult, of state: NetworkState, for request: StateRequest<Configuration>
    ) -> CNIResult { previous }

    /// None but those of the description.
    public static func part(of attachment: Attachment) -> NetworkState { NetworkState(owner: attachment.key) }

    /// Has nothing else to do.
    public func conclude(_ request: Request<Configuration>) throws(CNIError) {}

    /// Brings the attachment to the description; takes everything back if a step fails.
    public func add(_ request: Request<Configuration>) throws(CNIError) -> CNIResult {
        let (session, wanted, previous) = try begin(.use, request)
        let (state, found) = try description(of: wanted, session, forChange: true, isRepeated: true)
        try withKernel("cannot change \(wanted.owner)") { () throws(StateError) in
            try session.apply(state.changes(from: found), of: state) {}
        }
        return result(previous, of: state, for: wanted)
    }

    /// Takes back what this plugin has changed, and no more: by its own record, and by the marks in the kernel.
    public func delete(_ request: Request<Configuration>) throws(CNIError) {
        try request.takeApart(
            removal(request, part: Self.part(of: request.attachment), holdsContainer: true))
        try conclude(request)
    }

    /// The same where the configuration cannot be read any more.
    public static func delete(unreadable request: Request<Void>, _ error: CNIError) throws(CNIError) {
        try request.takeApart(request.removal(part: part(of: request.attachment)) { _, _ in nil })
    }

    /// The steps of ADD or DEL, which are not done.
    public func plan(_ request: Request<Configuration>) throws(CNIError) -> Plan {
        if request.command == .delete {
            return Plan(
                steps: try removal(request, part: Self.part(of: request.attachment)).1.map(\.description)
            )
        }
        let (session, wanted, previous) = try begin(.preview, request)
        let (state, found) = try description(of: wanted, session, forChange: false, isRepeated: true)
        return Plan(
            steps: state.changes(from: found).map(\.description),
            result: result(previous, of: state, for: wanted))
    }

    private func begin(
        _ purpose: Allocation, _ request: Request<Configuration>
    ) throws(CNIError) -> (NetworkSession, StateRequest<Configuration>, CNIResult) {
        try validate(request.configuration, request.network)
        guard let previous = try request.previousResult else {
            throw CNIError(
                .invalidConfiguration, "prevResult: plugin \(Self.name) comes after another one in a chain")
        }
        let session = request.session(try request.openNamespace())
        let isThere = try withKernel("cannot look into the container") { () throws(StateError) in
            try session.hasLink(request.interface, in: .container)
        }
        guard isThere else {
            // Before the chain's first plugin has been there nobody can tell what this one will find.
            let code = purpose == .preview ? CNIError.cannotPlan : .invalidEnvironment
            throw CNIError(
                code, "interface \(request.interface) is not in the container",
                details: request.namespacePath)
        }
        if purpose == .use {
            try withKernel("cannot lock the container") { () throws(StateError) in try session.holdContainer()
            }
        }
        let whole = request.with(try allocate(purpose, for: request))
        let wanted = StateRequest(
            whole, addresses: previous.of(request), previousResult: previous, isAttached: true)
        return (session, wanted, previous)
    }
}
