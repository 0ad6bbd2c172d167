// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A thread for work that blocks, beside those of Swift's pool, of which there are as many as processors.
public enum DetachedThread {
    /// Starts a thread that does `body` and ends.
    ///
    /// It is behind the same gate as the caller.
    public static func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let gate = Operations.gate
        let work = Unmanaged.passRetained(
            Work { Operations.withGate(gate) { body() } })
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        guard code == 0 else {
            work.release()
            throw SystemError(operation: "create thread", errno: code)
        }
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
