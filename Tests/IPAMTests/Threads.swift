// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// Runs a body on that many threads at once, and waits for them all.
///
/// They may block, which the threads of Swift's own concurrency must not.
func onThreads(_ count: Int, _ body: @escaping @Sendable (_ number: Int) -> Void) {
    let threads = (0..<count).map { number in BlockingThread { body(number) } }
    for thread in threads { thread.join() }
}
