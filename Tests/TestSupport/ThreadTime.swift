// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The processor time of the calling thread: what other programs do does not count.
package enum ThreadTime {
    /// How much of it `body` takes, in the kernel, too.
    package static func measure(_ body: () throws -> Void) rethrows -> Duration {
        let start = now()
        try body()
        return now() - start
    }

    private static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
