// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import LinuxCore
public import Namespaces

/// A request that the kernel refused, or could not be asked.
public struct NetlinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was attempted, in the words of ip(8), bridge(8) or nft(8): `link add veth0 type veth`.
    public var operation: String
    /// The raw errno(3) value, positive.
    public var errno: CInt
    /// The kernel's own text from its extended acknowledgement, if it gave one.
    public var kernelMessage: String?

    /// Creates an error.
    public init(operation: String, errno: CInt, kernelMessage: String? = nil) {
        self.operation = operation
        self.errno = errno
        self.kernelMessage = kernelMessage
    }

    /// `link add x0 type bridge: Invalid argument (mtu less than device minimum)`.
    public var description: String {
        let text = "\(operation): \(SystemError.text(of: errno))"
        guard let kernelMessage, !kernelMessage.isEmpty else { return text }
        return "\(text) (\(kernelMessage))"
    }

    /// Whether the object of the request is not there: no such device, address, route or entry.
    public var meansAbsence: Bool {
        [ENODEV, ENOENT, ESRCH, EADDRNOTAVAIL, ENXIO].contains(errno)
    }

    /// Whether the object is there already.
    public var meansPresence: Bool { errno == EEXIST }
}

extension NetlinkError: NamespaceFailure {
    /// A namespace that could not be entered to open a socket in it.
    public init(_ error: NamespaceError) {
        switch error {
        case .system(let error): self.init(operation: error.operation, errno: error.errno)
        case .gone, .notANamespace: self.init(operation: error.description, errno: ENOENT)
        }
    }
}

extension NetlinkError {
    package init(_ error: SystemError) {
        self.init(operation: error.operation, errno: error.errno)
    }

    /// Of a call that has just failed: making the text could change errno(3), whose value is taken before.
    init(errno: CInt, of operation: @autoclosure () -> String) {
        self.init(operation: operation(), errno: errno)
    }
}

/// A message from the kernel that does not hold what its lengths and types promise.
public struct MalformedMessage: Error, Hashable, Sendable, CustomStringConvertible {
    /// What did not fit.
    public var description: String

    /// Creates an error.
    public init(_ description: String) { self.description = description }
}
