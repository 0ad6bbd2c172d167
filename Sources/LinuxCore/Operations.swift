// SPDX-License-Identifier: Apache-2.0

/// Decides whether an operation on the kernel or on a file may happen.
///
/// Every system call of this package with an effect or an answer that matters passes the gate, one
/// netlink message counting as one operation. The tests' fault injection is such a gate; there is none
/// outside of tests.
package protocol OperationGate: Sendable {
    /// Returns nil to let `operation` happen, or the errno(3) value with which it has to fail.
    func admit(_ operation: String) -> CInt?
}

/// The place where tests get between this package and the kernel.
package enum Operations {
    /// The gate of this task or thread; a namespace's thread inherits it.
    @TaskLocal package static var gate: (any OperationGate)?

    /// Throws if the gate refuses `operation`.
    ///
    /// Costs one load where there is no gate.
    package static func admit(_ operation: @autoclosure () -> String) throws(SystemError) {
        guard let gate else { return }
        let name = operation()
        if let errno = gate.admit(name) { throw SystemError(operation: name, errno: errno) }
    }
}
