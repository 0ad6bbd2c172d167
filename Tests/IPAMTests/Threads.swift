// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Runs a body on that many threads at once, and waits for them all.
///
/// They may block, which the threads of Swift's own concurrency must not.
func onThreads(_ count: Int, _ body: @escaping @Sendable (_ number: Int) -> Void) {
    let threads = (0..<count).compactMap { number -> pthread_t? in
        let box = Unmanaged.passRetained(Box { body(number) })
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        precondition(status == 0, "pthread_create: \(status)")
        return thread
    }
    for thread in threads { pthread_join(thread, nil) }
}

private final class Box {
    let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }
}
