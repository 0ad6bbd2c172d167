// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
internal import Glibc
package import LinuxCore

/// Tells a thread that waits in poll(2) to stop waiting: an eventfd(2), from any thread and at any time.
package final class StopSignal: Sendable {
    private let event: OwnedFileDescriptor

    package init() throws(SystemError) {
        event = OwnedFileDescriptor(adopting: try systemCall("create event") { swift_cni_eventfd() })
    }

    /// Stops those that wait, now and from now on.
    package func stop() {
        var one: UInt64 = 1
        _ = write(event.rawValue, &one, MemoryLayout<UInt64>.size)
    }

    /// Readable once it was given.
    var descriptor: CInt { event.rawValue }

    /// Waits for the signal, at most `limit`; returns whether it was given.
    func wait(_ limit: Duration) throws(SystemError) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return try systemCall("wait") { poll(&polled, 1, limit.milliseconds) } > 0
    }
}

extension Duration {
    /// In milliseconds for poll(2): rounded up, at least 0.
    var milliseconds: CInt {
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return CInt(seconds) * 1000 + CInt((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
