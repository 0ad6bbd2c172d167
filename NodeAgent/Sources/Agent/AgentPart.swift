// SPDX-License-Identifier: Apache-2.0

internal import NodeAgentCore
public import ServiceLifecycle

/// A part of an agent that works until the agent is told to stop.
public struct AgentPart: Service {
    private let body: @Sendable () async throws -> Void

    /// Makes a part of a function that returns, or throws, when its task is cancelled.
    public init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }

    /// Runs it; to be cancelled is no failure.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await body() }
        } catch is CancellationError {
        } catch let error as AgentError where error.code == .cancelled {}
    }
}
