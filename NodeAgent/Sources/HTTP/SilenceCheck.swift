// SPDX-License-Identifier: Apache-2.0

public import NodeAgentCore
internal import Synchronization

/// Detects a server that hangs during a streamed answer: a process that was stopped, a machine whose
/// disk does not answer.
///
/// The kernel on the other side keeps acknowledging, so that neither TCP nor its keep-alive detect it. Within ``silence``
/// and the time that the probe takes, at most 20 s by default, it is detected.
public struct SilenceCheck: Sendable {
    /// How long an answer may be silent before the server is asked something else.
    public var silence = Duration.seconds(10)
    /// Past which silence the answer ends as if the server had ended it, though the server is there; nil for never.
    ///
    /// Behind a load balancer the probe may reach another server than the answer comes from.
    public var limit: Duration?
    /// Asks the server something small; throws if there is no answer in time.
    public var probe: @Sendable () async throws(AgentError) -> Void
    /// Called when it has answered; what it throws ends the answer.
    public var contact: @Sendable () async throws(AgentError) -> Void

    /// Creates a check that asks after 10 s.
    public init(
        limit: Duration? = nil, probe: @escaping @Sendable () async throws(AgentError) -> Void,
        contact: @escaping @Sendable () async throws(AgentError) -> Void = {}
    ) {
        self.limit = limit
        self.probe = probe
        self.contact = contact
    }
}

/// When an answer without end had something to say last.
final class LastHeard: Sendable {
    private let time = Mutex(ContinuousClock.now)

    /// Notes that something came.
    func note() { time.withLock { $0 = .now } }

    private var silence: Duration { time.withLock { $0 }.duration(to: .now) }

    /// Probes whenever there was silence for too long; returns when ``SilenceCheck/limit`` is over.
    ///
    /// - Throws: ``AgentError/Code/unreachable`` when the probe fails, ``AgentError/Code/cancelled``.
    func check(_ check: SilenceCheck) async throws(AgentError) {
        var lastProbe = ContinuousClock.now
        while true {
            let quiet = min(silence, lastProbe.duration(to: .now))
            if quiet < check.silence {
                try await Backoff.sleep(for: check.silence - quiet)
                continue
            }
            if let limit = check.limit, silence > limit { return }
            let start = ContinuousClock.now
            do throws(AgentError) {
                try await check.probe()
            } catch {
                if error.code == .cancelled { throw error }
                // It may have spoken while the probe was under way.
                if silence < start.duration(to: .now) { continue }
                throw AgentError(
                    error.code, "silent for \(silence.components.seconds) s, and \(error.message)")
            }
            lastProbe = .now
            try await check.contact()
        }
    }
}
