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
    /// The namespace that the kernel was asked in; nil if it was none of the attachment's.
    public var place: Place?
    /// What else went wrong: further steps of a removal, or steps back that failed.
    public var others: [String]

    /// Creates an error.
    public init(_ cause: Cause, others: [String] = []) {
        self.cause = cause
        self.others = others
    }

    /// Where and what was attempted, and what the kernel said: `container: address add 10.1.0.5/24 dev eth0: Permission
    /// denied`.
    public var description: String {
        let prefix = place.map { "\($0.rawValue): " } ?? ""
        return switch cause {
        case .netlink(let error): prefix + error.description
        case .system(let error): prefix + error.description
        case .namespace(let error): error.description
        case .duplicateAddress(let address): "another host uses \(address) already"
        case .taken(let text), .undescribable(let text): text
        }
    }

    init(_ error: NetlinkError) { self.init(.netlink(error)) }
    // Not `.system`: the initializer for namespaces would take it for a NamespaceError.
    init(_ error: SystemError) { self.init(Cause.system(error)) }

    /// This of a request that was made in a namespace.
    func located(in place: Place) -> StateError {
        var error = self
        if error.place == nil { error.place = place }
        return error
    }

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
