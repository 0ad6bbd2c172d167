// SPDX-License-Identifier: Apache-2.0

public import Glibc
internal import LinuxCore
internal import Synchronization

/// Makes chosen system calls and netlink requests of this package fail, one run after another.
///
/// The laws a plugin or a store should keep ("a failed ADD changes nothing", "whatever the moment of a
/// crash, DEL cleans up") are statements about every operation, so test them with every one:
///
///     for moment in try FaultInjection.moments(in: { try plugin.add() }).moments {
///         try FaultInjection.halting(at: moment.index) { try plugin.add() }
///         try plugin.delete()
///         #expect(nothingIsLeft())
///     }
///
/// What counts is what this package does on the thread that runs the body, and on the threads it makes
/// to enter a namespace. Closing a descriptor does not count and always happens, which is also how locks
/// are released: the kernel does both for a process that dies.
public enum FaultInjection {
    /// Runs `body` and returns the operations it did, in their order and in the words of its error messages.
    public static func operations<Value>(
        in body: () throws -> Value
    ) rethrows -> (operations: [String], value: Value) {
        let gate = RecordingGate()
        let value = try Operations.withGate(gate) { try body() }
        return (gate.operations, value)
    }

    /// An operation before which a process can die.
    public struct Moment: Sendable, CustomStringConvertible {
        /// Its number among all operations, counted from 0.
        public let index: Int
        /// In the words of its error message.
        public let operation: String

        /// For the message of a test.
        public var description: String { "operation \(index): \(operation)" }
    }

    /// Runs `body` and returns the operations before which its process could have died, in their order.
    ///
    /// Of the netlink messages that one system call takes to the kernel it is the first: no process dies between two.
    public static func moments<Value>(
        in body: () throws -> Value
    ) rethrows -> (moments: [Moment], value: Value) {
        let gate = RecordingGate()
        let value = try Operations.withGate(gate) { try body() }
        return (gate.moments, value)
    }

    /// Runs `body` with its operation number `index`, counted from 0, failing with an errno(3) value.
    ///
    /// The operation does not take effect; those before and after it do. Throws what `body` throws.
    @discardableResult
    public static func failing<Value>(
        at index: Int, with errno: CInt = EIO, _ body: () throws -> Value
    ) rethrows -> Value {
        try Operations.withGate(FaultGate(at: index, errno: errno, lasting: false)) { try body() }
    }

    /// Runs `body` as if its process died before operation number `index`, counted from 0.
    ///
    /// That operation and all later ones fail with EIO and take no effect, nor do those before it that the same system call
    /// would have taken to the kernel. Returns nil, regardless of what `body` made of its situation; if `body` does fewer
    /// operations, its value or error comes out.
    @discardableResult
    public static func halting<Value>(at index: Int, _ body: () throws -> Value) rethrows -> Value? {
        let gate = FaultGate(at: index, errno: EIO, lasting: true)
        do {
            let value = try Operations.withGate(gate) { try body() }
            return gate.hasFailed ? nil : value
        } catch {
            if gate.hasFailed { return nil }
            throw error
        }
    }
}

private final class RecordingGate: OperationGate {
    private let recorded = Mutex<[(operation: String, isJoined: Bool)]>([])

    var operations: [String] { recorded.withLock { $0.map(\.operation) } }

    var moments: [FaultInjection.Moment] {
        recorded.withLock { recorded in
            recorded.indices.filter { !recorded[$0].isJoined }
                .map { FaultInjection.Moment(index: $0, operation: recorded[$0].operation) }
        }
    }

    func admit(_ operation: String) -> CInt? {
        recorded.withLock { $0.append((operation, isJoined: false)) }
        return nil
    }

    func joinLast() { recorded.withLock { $0[$0.endIndex - 1].isJoined = true } }
}

private final class FaultGate: OperationGate {
    private let index: Int
    private let errno: CInt
    /// Whether what comes after the failing operation fails too.
    private let isLasting: Bool
    private let count = Mutex(0)

    init(at index: Int, errno: CInt, lasting: Bool) {
        self.index = index
        self.errno = errno
        isLasting = lasting
    }

    var hasFailed: Bool { count.withLock { $0 > index } }
    var isDead: Bool { isLasting && hasFailed }

    func admit(_ operation: String) -> CInt? {
        let number = count.withLock { count in
            defer { count += 1 }
            return count
        }
        return number == index || isLasting && number > index ? errno : nil
    }
}
