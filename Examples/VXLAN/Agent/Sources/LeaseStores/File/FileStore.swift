// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
public import NodeAgentCore
public import VXLANOverlay

/// A cluster in a file, for a handful of nodes: distributed to them by the operator, or on a file system that
/// they share.
///
/// A node whose lease is in the file with its address uses it as it is. One whose lease is not there puts it in, for
/// which the file's folder has to be writable, and all nodes' file has to be the same.
public struct FileStore: LeaseStore {
    /// The file; see ``LeaseFile``.
    public let path: String

    /// Creates a store.
    public init(path: String) { self.path = path }

    /// `file /etc/cni/overlay.json`.
    public var description: String { "file \(path)" }

    /// Reads the member `config`.
    public func configuration() async throws(AgentError) -> OverlayConfiguration {
        try Self.translated(path) { () throws(CNIError) in try LeaseFile(reading: path).configuration() }
    }

    /// Finds the node's lease in the file, or puts one in.
    public func acquire(_ request: LeaseRequest) async throws(AgentError) -> Lease {
        let leases = try read().table.complete
        var generator = SystemRandomNumberGenerator()
        // Without writing, if there is nothing to write: the file may be somebody else's to write.
        if let own = leases.first(where: { request.isOwn($0) && request.accepts($0.key) }),
            own == request.lease(own.key, formerly: own, using: &generator)
        {
            return own
        }
        return try Self.translated(path) { () throws(CNIError) in
            try LeaseFile.update(path) { (file) throws(CNIError) in
                Result { () throws(AgentError) in try Self.put(request, in: &file) }
            }
        }.get()
    }

    private static func put(
        _ request: LeaseRequest, in file: inout LeaseFile
    ) throws(AgentError) -> Lease {
        let table = file.table
        var generator = SystemRandomNumberGenerator()
        let decision = try LeaseDecision(
            for: request, leases: table.complete,
            unreadable: table.incompleteNames.compactMap { SubnetKey($0) }, using: &generator)
        for key in decision.obsolete { file.remove(key) }
        file.insert(decision.lease)
        return decision.lease
    }

    /// Reports the leases whenever the file changes, and every half a minute.
    public func follow(
        _ lease: Lease, report: @escaping @Sendable (LeaseEvent) async -> Void
    ) async throws(AgentError) -> Never {
        while true {
            do {
                // Watched before it is read, so that no change falls in between.
                let changes = FileChanges.stream(of: path, atLeastEvery: 30)
                try await reportLeases(lease, report)
                for try await _ in changes { try await reportLeases(lease, report) }
            } catch let error as AgentError where error.code == .leaseLost {
                throw error
            } catch {
                let failure =
                    error as? AgentError ?? AgentError(.unreachable, "\(path): \(error)")
                await report(.failure(failure))
            }
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                throw AgentError(.cancelled, "\(path): cancelled")
            }
        }
    }

    private func reportLeases(
        _ lease: Lease, _ report: @Sendable (LeaseEvent) async -> Void
    ) async throws(AgentError) {
        let known = try read().table.known
        await report(.leases(known))
        guard known.leases.contains(lease) else {
            throw AgentError(.leaseLost, "\(path): our lease \(lease.key) is not there any more")
        }
    }

    private func read() throws(AgentError) -> LeaseFile {
        try Self.translated(path) { () throws(CNIError) in try LeaseFile(reading: path) }
    }

    /// Takes the node's lease out.
    public func release(_ lease: Lease) async throws(AgentError) {
        try Self.translated(path) { () throws(CNIError) in
            try LeaseFile.update(path) { (file) throws(CNIError) in file.remove(lease.key) }
        }
    }

    private static func translated<Value>(
        _ path: String, _ body: () throws(CNIError) -> Value
    ) throws(AgentError) -> Value {
        do throws(CNIError) {
            return try body()
        } catch {
            let message = error.message.contains(path) ? error.message : "\(path): \(error.message)"
            switch error.code {
            case .ioFailure: throw AgentError(.unreachable, message)
            case .invalidConfiguration: throw AgentError(.notConfigured, message)
            default: throw AgentError(.malformed, message)
            }
        }
    }
}

extension LeaseFile {
    /// The leases by their names.
    fileprivate var table: LeaseTable {
        var table = LeaseTable()
        for (name, reading) in entries { table.set(name, reading) }
        return table
    }
}
