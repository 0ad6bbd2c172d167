// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A thread for work that blocks: Swift's pool has as few as two.
struct BlockingThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private var thread = pthread_t()
    private let hasStarted: Bool

    init(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body))
        hasStarted =
            pthread_create(
                &thread, nil,
                { context in
                    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
                    return nil
                }, work.toOpaque()) == 0
    }

    func join() {
        if hasStarted { pthread_join(thread, nil) }
    }
}

/// Whether something becomes so within two minutes.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + .seconds(120)
    while true {
        if try condition() { return true }
        if ContinuousClock.now > end { return false }
        usleep(20_000)
    }
}
