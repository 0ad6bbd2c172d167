// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A moment by which something has to be done, by the clock that nobody sets.
package struct Deadline: Sendable {
    /// How long it was when it began, in milliseconds.
    package let milliseconds: UInt32
    private let end: Int64

    /// Begins now.
    package init(milliseconds: UInt32) {
        self.milliseconds = milliseconds
        end = Self.now + Int64(milliseconds)
    }

    /// What is left, in milliseconds, for poll(2).
    package var remaining: Int32 { CInt(clamping: max(0, end - Self.now)) }

    /// Whether nothing is left.
    package var isOver: Bool { Self.now >= end }

    /// Waits for a moment, at most 50 ms: for what cannot be waited for.
    package func pause() { _ = poll(nil, 0, min(50, remaining)) }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
