// SPDX-License-Identifier: Apache-2.0

public import LinuxCore
public import Namespaces
public import Netlink

/// Why the kernel could not be brought to a description, or read.
public struct StateError: Error, Sendable, CustomStringConvertible {
    /// What went wrong first.
    public enum Cause: Hashable, Sendable {
        /// A netlink request.
        case netlink(NetlinkError)
        /// A file, such as one below /proc/sys.
        case system(SystemError)
        /// A namespace that could not be opened or entered.
        case namespace(NamespaceError)
        /// An address that another host has already (RFC 4862 section 5.4).
        case duplicateAddress(String)
        /// A name or a place that something else has already; with the words whose it is.
        case taken(String)
        /// A description that could not be taken apart again, or that reaches out of its place.
        case undescribable(String)
    }

    /// What went wrong first.
    public var cause: Cause
    /// What else went wrong: further steps of a removal, or steps back that failed.
    public var others: [String]

    /// Creates an error.
    public init(_ cause: Cause, others: [String] = []) {
        self.cause = cause
        self.others = others
    }

    /// What was attempted, and what the kernel said.
    public var description: String {
        switch cause {
        case .netlink(let error): error.description
        case .system(let error): error.description
        case .namespace(let error): error.description
        case .duplicateAddress(let address): "another host uses \(address) already"
        case .taken(let text), .undescribable(let text): text
        }
    }

    init(_ error: NetlinkError) { self.init(.netlink(error)) }
    // Not `.system`: the initializer for namespaces would take it for a NamespaceError.
    init(_ error: SystemError) { self.init(Cause.system(error)) }

    /// Whether the object of the failed step was gone already.
    var meansAbsence: Bool {
        switch cause {
        case .netlink(let error): error.meansAbsence
        case .system(let error): error.errno == 2  // ENOENT
        case .namespace(let error): error.meansAbsence
        case .duplicateAddress, .taken, .undescribable: false
        }
    }
}

extension StateError: NamespaceFailure {
    /// A namespace that could not be entered.
    public init(_ error: NamespaceError) { self.init(.namespace(error)) }
}
