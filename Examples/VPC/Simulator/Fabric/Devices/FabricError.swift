// SPDX-License-Identifier: Apache-2.0

public import LinuxCore
public import Namespaces
public import Netlink

/// Why the fabric could not make a device, or open a socket.
public struct FabricError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What failed.
    public enum Reason: Hashable, Sendable {
        /// A namespace that is not there, or is none.
        case namespace(NamespaceError)
        /// A request to the kernel about links, addresses or routes.
        case netlink(NetlinkError)
        /// Another call.
        case system(SystemError)
        /// The state names an ENI or machine that it does not have.
        case unknown(String)
    }

    /// What was attempted, such as `attach eni-1 to i-1 as eth1`; empty if the reason says it.
    public var operation: String
    /// What failed.
    public var reason: Reason

    init(_ operation: String = "", _ reason: Reason) {
        self.operation = operation
        self.reason = reason
    }

    /// `attach eni-1 to i-1 as eth1: link set fabric0 netns 7 name eth1: File exists`.
    public var description: String {
        let text =
            switch reason {
            case .namespace(let error): error.description
            case .netlink(let error): error.description
            case .system(let error): error.description
            case .unknown(let id): "\(id) is not known"
            }
        return operation.isEmpty ? text : "\(operation): \(text)"
    }

    /// The same reason for a larger operation.
    func during(_ operation: String) -> FabricError { FabricError(operation, reason) }
}

extension FabricError: NamespaceFailure {
    /// A namespace that could not be entered.
    public init(_ error: NamespaceError) { self.init("", .namespace(error)) }

    /// Does `body`, whose errors become reasons.
    static func wrapping<Value: ~Copyable>(_ body: () throws(NetlinkError) -> Value) throws(FabricError)
        -> Value
    {
        do throws(NetlinkError) { return try body() } catch { throw FabricError("", .netlink(error)) }
    }

    static func wrapping<Value: ~Copyable>(_ body: () throws(SystemError) -> Value) throws(FabricError)
        -> Value
    {
        do throws(SystemError) { return try body() } catch { throw FabricError("", .system(error)) }
    }

    static func wrapping<Value: ~Copyable>(_ body: () throws(NamespaceError) -> Value) throws(FabricError)
        -> Value
    {
        do throws(NamespaceError) { return try body() } catch { throw FabricError("", .namespace(error)) }
    }
}
