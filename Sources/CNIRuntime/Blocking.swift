// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore
internal import Synchronization

/// Does `body`, which may block, on a thread of its own, and suspends the task until it is done.
func onOwnThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws(RuntimeError) -> Value
) async throws(RuntimeError) -> Value {
    let result: Result<Value, RuntimeError> = await withCheckedContinuation { continuation in
        do throws(SystemError) {
            try DetachedThread.start {
                do throws(RuntimeError) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        } catch {
            continuation.resume(
                returning: .failure(RuntimeError(.notStarted, CNIError(.ioFailure, error.description))))
        }
    }
    return try result.get()
}

/// As ``onOwnThread(_:)``, for a wait that nothing can interrupt: a task that is cancelled stops waiting, and
/// what `body` yields in the end goes to `discard`.
func onAbandonableThread<Value: Sendable>(
    discard: @escaping @Sendable (Value) -> Void = { _ in },
    _ body: @escaping @Sendable () throws(RuntimeError) -> Value
) async throws(RuntimeError) -> Value {
    let handover = Handover<Value>()
    let result: Result<Value, RuntimeError> = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            handover.wait(continuation)
            do throws(SystemError) {
                try DetachedThread.start {
                    do throws(RuntimeError) {
                        let value = try body()
                        if !handover.finish(.success(value)) { discard(value) }
                    } catch {
                        _ = handover.finish(.failure(error))
                    }
                }
            } catch {
                _ = handover.finish(
                    .failure(RuntimeError(.notStarted, CNIError(.ioFailure, error.description))))
            }
        }
    } onCancel: {
        _ = handover.finish(.failure(.cancelledWait))
    }
    return try result.get()
}

extension RuntimeError {
    /// Cancelled before anything was done.
    static let cancelledWait = RuntimeError(
        .cancelled, CNIError(.tryAgainLater, "cancelled while waiting for another operation"))
}

/// A result on its way to a task: the first one counts.
private final class Handover<Value: Sendable>: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Result<Value, RuntimeError>, Never>)
        case early(Result<Value, RuntimeError>)
        case done
    }

    private let state = Mutex(State.idle)

    func wait(_ continuation: CheckedContinuation<Result<Value, RuntimeError>, Never>) {
        let early: Result<Value, RuntimeError>? = state.withLock { state in
            if case .early(let result) = state {
                state = .done
                return result
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(returning: early) }
    }

    /// Returns whether this result was the first.
    func finish(_ result: Result<Value, RuntimeError>) -> Bool {
        let (isFirst, continuation) = state.withLock { state in
            switch state {
            case .idle:
                state = .early(result)
                return (true, CheckedContinuation<Result<Value, RuntimeError>, Never>?.none)
            case .waiting(let continuation):
                state = .done
                return (true, continuation)
            case .early, .done:
                return (false, nil)
            }
        }
        continuation?.resume(returning: result)
        return isFirst
    }
}
