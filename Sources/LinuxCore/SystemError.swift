// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A system call that failed: what was attempted, on what, and what the kernel said.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was attempted, with its object: `open /run/netns/a`.
    public var operation: String
    /// The raw errno(3) value, positive.
    public var errno: CInt

    /// Creates an error from an operation and a positive errno(3) value.
    public init(operation: String, errno: CInt) {
        self.operation = operation
        self.errno = errno
    }

    /// `open /run/netns/a: No such file or directory`.
    public var description: String { "\(operation): \(Self.text(of: errno))" }

    /// Whether what was to be read is no regular file of a size that makes sense: it is not there, a folder, a link that
    /// is not followed, a FIFO, a socket, a device, or too large.
    package var meansNoFile: Bool {
        [ENOENT, EISDIR, EFBIG, ELOOP, EINVAL, ENXIO, ENODEV].contains(self.errno)
    }

    /// The C library's text for an errno(3) value.
    public static func text(of errno: CInt) -> String {
        guard let text = strerror(errno) else { return "error \(errno)" }
        return String(cString: text)
    }
}

/// The one funnel for errno: runs a system call again while a signal interrupts it (EINTR), and turns
/// a result of -1 into an error that names `operation`.
///
/// The operation passes the gate of the tests' fault injection first, so that they can make it fail.
///
/// - Throws: The error with the call's errno, any but EINTR.
@discardableResult
public func systemCall<Result: SignedInteger>(
    _ operation: @autoclosure () -> String, _ body: () -> Result
) throws(SystemError) -> Result {
    try Operations.admit(operation())
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw SystemError(operation: operation(), errno: code) }
    }
}
