// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import LinuxCore
public import Namespaces
internal import Synchronization

/// A throw-away host for plugins: a network namespace, containers in it, and a folder for leases.
///
///     let network = try TestNetwork(siblings: siblings)
///     let container = try network.container()
///     let outcome = try network.call(MyPlugin.self, .add, configuration, for: container)
///     #expect(outcome.status == 0)
///
/// Plugins run in the process, on a thread inside the host's namespace; nothing of the machine's own network
/// is touched. Needs CAP_SYS_ADMIN and CAP_NET_ADMIN.
public final class TestNetwork: Sendable {
    /// The host's namespace.
    public let host: NetworkNamespace
    /// Where the leases are.
    public let dataDir: TemporaryFolder
    private let siblings: Siblings
    private let count = Mutex(0)

    /// Makes a host that has only a loopback interface.
    ///
    /// - Parameter siblings: The plugins that can be called by others, such as for addresses.
    public init(siblings: Siblings = Siblings()) throws {
        host = try .anonymous()
        dataDir = try TemporaryFolder()
        self.siblings = siblings
    }

    /// Makes a container, named `container1`, `container2` and so on if `id` is nil.
    public func container(_ id: String? = nil) throws -> TestContainer {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return try TestContainer(
            id: id ?? "container\(number)", pathAfterwards: "\(dataDir.path)/gone\(number)")
    }

    /// Runs `body` in the host's namespace, on a thread made for the purpose.
    public func run<Value>(_ body: () throws -> Value) throws -> Value {
        try host.run { () throws(NamespaceError) in Result { try body() } }.get()
    }

    /// What a plugin gets for a verb: the specification's variables and the configuration on standard input.
    ///
    /// - Parameter variables: Take the place of those made from the other parameters.
    public func invocation(
        _ command: Command, _ configuration: JSON, for container: TestContainer? = nil,
        interface: String = "eth0", variables: [String: String] = [:]
    ) -> Invocation {
        var environment = [
            "CNI_COMMAND": command.rawValue, "CNI_PATH": "\(dataDir.path)/no-plugins-here",
            "SWIFT_CNI_RECORDS": "\(dataDir.path)/records",
        ]
        if let container {
            environment["CNI_CONTAINERID"] = container.id
            environment["CNI_NETNS"] = container.path
            environment["CNI_IFNAME"] = interface
        }
        environment.merge(variables) { $1 }
        return Invocation(
            environment: EnvironmentVariables(environment), input: Array(configuration.serialized().utf8),
            siblings: siblings)
    }

    /// Has a plugin do a verb on this host.
    public func call<Called: Plugin>(
        _ plugin: Called.Type, _ command: Command, _ configuration: JSON, for container: TestContainer? = nil,
        interface: String = "eth0", variables: [String: String] = [:]
    ) throws -> Outcome {
        let invocation = invocation(
            command, configuration, for: container, interface: interface, variables: variables)
        return try run { Called.respond(to: invocation) }
    }

    /// What is in the host's network, and the leases, as comparable text.
    ///
    /// Left out is what host-local keeps without an attachment: locks and the last address of each range.
    public func snapshot() throws -> String {
        let files = dataDir.files { path in
            let name = path.split(separator: "/").last ?? ""
            return name != "lock" && name != "stamp" && !name.hasPrefix("last_reserved_ip.")
        }
        return try ([NetworkSnapshot.text(of: host)] + files.map { "file \($0)" }).joined(separator: "\n")
    }
}
