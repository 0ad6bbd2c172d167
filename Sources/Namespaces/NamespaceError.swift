// SPDX-License-Identifier: Apache-2.0

public import LinuxCore

/// Why a network namespace could not be opened or entered.
public enum NamespaceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing is there (any more): the container is gone. Deletion must succeed on it.
    case gone(path: String)
    /// There is a file, but it is no network namespace: a plain file, or a namespace of another kind.
    case notANamespace(path: String)
    /// Another failure of the kernel.
    case system(SystemError)

    /// What happened, with the path.
    public var description: String {
        switch self {
        case .gone(let path): "network namespace \(path) does not exist"
        case .notANamespace(let path): "\(path) is not a network namespace"
        case .system(let error): error.description
        }
    }

    /// Whether there is no namespace to work in, now or later.
    public var meansAbsence: Bool {
        if case .system = self { false } else { true }
    }
}

/// An error type that can say that a namespace could not be entered.
///
/// Lets ``NetworkNamespace/run(_:)`` throw the caller's own error type.
public protocol NamespaceFailure: Error {
    /// Wraps the failure to enter.
    init(_ error: NamespaceError)
}

extension NamespaceError: NamespaceFailure {
    /// The error itself.
    public init(_ error: NamespaceError) { self = error }
}
