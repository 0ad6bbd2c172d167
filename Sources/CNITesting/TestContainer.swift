// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import Namespaces
internal import Synchronization

/// A container as far as a plugin sees one: an identifier and a network namespace without a name.
public final class TestContainer: Sendable {
    /// CNI_CONTAINERID.
    public let id: String
    private let handle: Mutex<NetworkNamespace?>
    private let livePath: String
    private let pathAfterwards: String

    /// Makes a namespace with only a loopback interface that is down.
    ///
    /// Needs CAP_SYS_ADMIN.
    ///
    /// - Parameter pathAfterwards: What ``path`` is after ``close()``: one where nothing is.
    public init(id: String, pathAfterwards: String) throws {
        self.id = id
        self.pathAfterwards = pathAfterwards
        let namespace = try NetworkNamespace.anonymous()
        livePath = "/proc/\(getpid())/fd/\(namespace.rawDescriptor)"
        handle = Mutex(namespace)
    }

    /// CNI_NETNS.
    public var path: String { handle.withLock { $0 != nil } ? livePath : pathAfterwards }

    /// Ends the container: its namespace goes, and with it what is in there, a moment later.
    public func close() { handle.withLock { $0 = nil } }

    /// Runs `body` in the container's namespace, on a thread made for the purpose.
    public func run<Value>(_ body: () throws -> Value) throws -> Value {
        try namespace().run { () throws(NamespaceError) in Result { try body() } }.get()
    }

    /// A second handle on the namespace.
    public func namespace() throws -> NetworkNamespace { try NetworkNamespace(path: path) }

    /// What is in the container's network, as comparable text; empty once it is closed.
    public func snapshot() throws -> String {
        guard handle.withLock({ $0 != nil }) else { return "" }
        return try NetworkSnapshot.text(of: namespace())
    }
}
