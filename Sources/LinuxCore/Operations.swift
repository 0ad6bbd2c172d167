// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims

/// Decides whether an operation on the kernel or on a file may happen.
///
/// Every system call of this package with an effect or an answer that matters passes the gate, one
/// netlink message counting as one operation. The tests' fault injection is such a gate; there is none
/// outside of tests.
package protocol OperationGate: Sendable {
    /// Returns nil to let `operation` happen, or the errno(3) value with which it has to fail.
    func admit(_ operation: String) -> CInt?

    /// Called if the operation admitted last reaches the kernel in one system call with the one before it.
    func joinLast()

    /// Whether the process counts as dead: what was admitted but not yet asked for is not done either.
    var isDead: Bool { get }
}

extension OperationGate {
    package func joinLast() {}
    package var isDead: Bool { false }
}

/// The place where tests get between this package and the kernel.
///
/// The gate is the thread's, as a namespace is. It is not a task-local value: that alone would bring the whole
/// concurrency runtime into every plugin, and with it more to do at every start.
package enum Operations {
    private final class Box {
        let gate: any OperationGate

        init(_ gate: any OperationGate) { self.gate = gate }
    }

    /// The gate of this thread; a namespace's thread inherits its maker's.
    package static var gate: (any OperationGate)? {
        swift_cni_thread_value().map { Unmanaged<Box>.fromOpaque($0).takeUnretainedValue().gate }
    }

    /// Runs `body` with a gate; without one if it is nil.
    package static func withGate<Value, Failure: Error>(
        _ gate: (any OperationGate)?, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let outer = swift_cni_thread_value()
        defer { swift_cni_set_thread_value(outer) }
        let box = gate.map(Box.init)
        swift_cni_set_thread_value(box.map { Unmanaged.passUnretained($0).toOpaque() })
        defer { withExtendedLifetime(box) {} }
        return try body()
    }

    /// Throws if the gate refuses `operation`.
    ///
    /// Costs one load where there is no gate.
    package static func admit(_ operation: @autoclosure () -> String) throws(SystemError) {
        guard let gate else { return }
        let name = operation()
        if let errno = gate.admit(name) { throw SystemError(operation: name, errno: errno) }
    }
}
