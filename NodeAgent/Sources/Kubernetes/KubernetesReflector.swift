// SPDX-License-Identifier: Apache-2.0

public import CNITypes
public import NodeAgentCore

/// Reports the objects of a kind: lists all of them, watches changes from that version on, and lists again when the
/// version has expired.
public actor KubernetesReflector {
    /// What is reported, in order.
    public enum Event: Hashable, Sendable {
        /// All objects follow, as pages, and then ``listed``: what was reported before does not count any more.
        case listing
        /// Some of all objects.
        case page([JSON])
        /// All objects have been reported.
        case listed
        /// An object is there, new or changed.
        case present(JSON)
        /// An object has gone; as it was last.
        case absent(JSON)
        /// The server has answered, at least every 20 s; nothing is new.
        case contact
        /// The server did not answer, or not as it should; it is tried again.
        case failure(AgentError)
    }

    private let client: KubernetesClient
    private let resource: KubernetesResource
    private let selection: KubernetesSelection
    /// The version that was reported; nil if everything has to be read.
    private var version: String?
    /// Whether a watch has reported anything since the last pause.
    private var hasHeard = false

    /// Creates a reflector of the objects that are selected.
    public init(
        _ client: KubernetesClient, _ resource: KubernetesResource, _ selection: KubernetesSelection = .all
    ) {
        self.client = client
        self.resource = resource
        self.selection = selection
    }

    /// Tells until the task is cancelled, or until `take` or the server fails with one of `final`.
    ///
    /// Other failures, also those of `take`, are reported as ``Event/failure(_:)`` and retried after a pause of up to 5 s.
    ///
    /// - Parameter final: Codes that end it; ``AgentError/Code/cancelled`` does in any case.
    public func run(
        final: Set<AgentError.Code> = [],
        _ take: @escaping @Sendable (Event) async throws(AgentError) -> Void
    ) async throws(AgentError) -> Never {
        var backoff = Backoff()
        while true {
            var failure: AgentError?
            do throws(AgentError) {
                try await listAndWatch(take)
            } catch {
                failure = error
                // What could not be read in a watch would recur forever.
                if error.code == .expired || error.code == .malformed { version = nil }
            }
            if let failure {
                if failure.code == .cancelled || final.contains(failure.code) { throw failure }
                // That a version is not kept any more happens.
                if failure.code != .expired { try await take(.failure(failure)) }
            }
            // Also after a watch that ended as it should: a server that ends each at once is not to be asked all the time.
            if hasHeard { backoff.reset() }
            hasHeard = false
            try await backoff.pause()
        }
    }

    private func listAndWatch(
        _ take: @escaping @Sendable (Event) async throws(AgentError) -> Void
    ) async throws(AgentError) {
        let version = if let version { version } else { try await list(take) }
        try await client.watch(
            resource, selection, since: version,
            contact: { () throws(AgentError) in try await take(.contact) }
        ) { change throws(AgentError) in
            try await self.report(change, take)
        }
        try await take(.contact)
    }

    private func list(
        _ take: @escaping @Sendable (Event) async throws(AgentError) -> Void
    ) async throws(AgentError) -> String {
        try await take(.listing)
        let version = try await client.list(resource, selection) { page throws(AgentError) in
            try await take(.page(page))
        }
        // Before it is reported: what follows from the list may fail, and need not be listed again for that.
        self.version = version
        try await take(.listed)
        return version
    }

    private func report(
        _ change: KubernetesClient.Change, _ take: @Sendable (Event) async throws(AgentError) -> Void
    ) async throws(AgentError) {
        hasHeard = true
        switch change {
        case .bookmark(let version):
            self.version = version
            try await take(.contact)
        case .present(let object):
            note(object)
            try await take(.present(object))
        case .absent(let object):
            note(object)
            try await take(.absent(object))
        }
    }

    private func note(_ object: JSON) {
        if let version = object["metadata"]?["resourceVersion"]?.string { self.version = version }
    }
}
