// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A thread for work that blocks, beside those of Swift's pool.
package struct BlockingThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private var thread = pthread_t()
    private let hasStarted: Bool

    package init(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body))
        hasStarted =
            pthread_create(
                &thread, nil,
                { context in
                    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
                    return nil
                }, work.toOpaque()) == 0
    }

    package func join() {
        if hasStarted { pthread_join(thread, nil) }
    }
}
