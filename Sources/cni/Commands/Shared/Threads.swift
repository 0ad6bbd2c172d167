// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What Swift's tasks run on.
enum Threads {
    /// One for tasks, one that waits for timers, and one that waits for a plugin or a lock.
    private static let count = 3

    /// Whether this process gets the threads that it needs: tasks that get none would wait for ever, without a word.
    static var canBeHad: Bool {
        let gate = Gate()
        var threads: [pthread_t] = []
        defer {
            gate.open()
            for thread in threads { pthread_join(thread, nil) }
        }
        for _ in 0..<count {
            var thread = pthread_t()
            let context = Unmanaged.passRetained(gate)
            let code = pthread_create(
                &thread, nil,
                { context in
                    if let context { Unmanaged<Gate>.fromOpaque(context).takeRetainedValue().wait() }
                    return nil
                }, context.toOpaque())
            guard code == 0 else {
                context.release()
                return false
            }
            threads.append(thread)
        }
        return true
    }

    /// A pipe that is closed at its other end when those who wait may go on.
    private final class Gate: Sendable {
        private let ends: (read: CInt, write: CInt)

        init() {
            var ends: (CInt, CInt) = (-1, -1)
            withUnsafeMutableBytes(of: &ends) { bytes in
                if let pair = bytes.baseAddress?.assumingMemoryBound(to: CInt.self) { _ = pipe(pair) }
            }
            self.ends = (ends.0, ends.1)
        }

        deinit { close(ends.read) }

        func open() { close(ends.write) }

        func wait() {
            var byte: UInt8 = 0
            _ = read(ends.read, &byte, 1)
        }
    }
}
