// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// A thread that lives for one closure, so that it may change its namespace and never has to go back.
enum NamespaceThread {
    /// Runs `body` on a new thread and waits for its end.
    ///
    /// Throws what `body` throws.
    static func run<Value, Failure: NamespaceFailure>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        var result: Result<Value, Failure>?
        let gate = Operations.gate
        let code = onThread {
            // A fresh thread has no task-local values: it inherits the caller's gate by hand.
            Operations.withGate(gate) {
                do throws(Failure) {
                    result = .success(try body())
                } catch {
                    result = .failure(error)
                }
            }
        }
        guard let result else {
            throw Failure(.system(SystemError(operation: "create thread", errno: code)))
        }
        return try result.get()
    }

    private final class Work {
        let body: () -> Void

        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Returns 0, or the error number of pthread_create(3).
    private static func onThread(_ body: () -> Void) -> CInt {
        withoutActuallyEscaping(body) { body in
            let work = Unmanaged.passRetained(Work(body))
            var thread = pthread_t()
            let code = pthread_create(
                &thread, nil,
                { context in
                    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
                    return nil
                }, work.toOpaque())
            if code == 0 {
                pthread_join(thread, nil)
            } else {
                work.release()
            }
            return code
        }
    }
}
