// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// What SIGINT, SIGTERM and SIGHUP do: cancel what is under way, so that it is undone, or end the process.
///
/// The second signal ends the process regardless of what is under way.
enum Interruption {
    private struct State {
        var cancel: (@Sendable () -> Void)?
        var signal: CInt?
    }

    private static let state = Mutex(State())

    /// Keeps the signals for ``wait()``; before there is any other thread, which would get them.
    static func begin() {
        var signals = Self.signals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Does what signals ask for, until the process ends.
    static func wait() -> Never {
        while true {
            var signals = Self.signals
            var signal: CInt = 0
            if sigwait(&signals, &signal) == 0 { take(signal) }
        }
    }

    /// Does `body` as a task that a signal cancels.
    static func cancelling<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body() }
        state.withLock { $0.cancel = { task.cancel() } }
        defer { state.withLock { $0.cancel = nil } }
        return try await task.value
    }

    /// Ends the process as the signal would have, if there was one: a shell sees that from how it ended.
    static func endIfInterrupted() {
        if let signal = state.withLock({ $0.signal }) { end(signal) }
    }

    private static var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(signal) { sigaddset(&signals, signal) }
        return signals
    }

    /// Whether the caller of this process wants it to go on, as nohup(1) does.
    private static func isIgnored(_ signal: CInt) -> Bool {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private static func take(_ signal: CInt) {
        let cancel = state.withLock { state in
            let isFirst = state.signal == nil
            state.signal = signal
            return isFirst ? state.cancel : nil
        }
        guard let cancel else { return end(signal) }
        if Console.error.isTerminal {
            Console.error.line(
                "\n\("interrupted:", .yellow) undoing what was begun, once more to stop at once")
        }
        cancel()
    }

    private static func end(_ signal: CInt) {
        Glibc.signal(signal, SIG_DFL)
        var signals = Self.signals
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        raise(signal)
    }
}
