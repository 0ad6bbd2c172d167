// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Doctor
import Glibc
import HostLocalPlugin
import LinuxCore
import Namespaces
import Netlink
import TestSupport
import Testing
import Topology

extension Trait where Self == ConditionTrait {
    /// Skips a test that runs remedies where there are no programs for them.
    static var needsPrograms: Self {
        .needsProgram("/bin/sh", "/usr/sbin/ip", "/usr/sbin/nft", "/usr/sbin/sysctl", "/bin/rm")
    }
}

/// A throw-away node: a host with a way out, a configuration, plugins, and containers.
final class World {
    let network: TestNetwork
    let folder: TemporaryFolder
    let configuration: JSON
    private(set) var containers: [TestContainer] = []
    private var results: [String: CNIResult] = [:]
    private var others: Set<KnownAttachments.Entry> = []
    /// The other end of the host's way out.
    private let outside: NetworkNamespace

    var machine: Machine

    init() throws {
        var siblings = Siblings()
        siblings.add(HostLocalPlugin.self)
        let folder = try TemporaryFolder()
        let network = try TestNetwork(siblings: siblings)
        self.folder = folder
        self.network = network
        configuration = [
            "cniVersion": "1.1.0", "name": "pods", "type": "bridge", "bridge": "br0", "isGateway": true,
            "ipMasq": true,
            "ipam": [
                "type": "host-local", "dataDir": .string(network.dataDir.path),
                "ranges": [[["subnet": "10.1.0.0/24"]], [["subnet": "fd01::/64"]]],
            ],
        ]
        machine = Machine(
            configurationFolder: "\(folder.path)/net.d", leasesFolder: network.dataDir.path,
            pluginFolders: ["\(folder.path)/bin"])
        outside = try .anonymous()
        try Directory.create("\(folder.path)/net.d")
        try Directory.create("\(folder.path)/bin")
        var plugin = configuration
        plugin["cniVersion"] = nil
        plugin["name"] = nil
        try write(
            "net.d/10-pods.conflist",
            (["cniVersion": "1.1.0", "name": "pods", "plugins": [plugin]] as JSON).description)
        for name in ["bridge", "host-local"] { try write(plugin: name, versions: ["1.0.0", "1.1.0"]) }
        try makeWayOut()
    }

    func write(_ path: String, _ text: String, mode: mode_t = 0o644) throws {
        try File.remove("\(folder.path)/\(path)")
        try File.create("\(folder.path)/\(path)", Array(text.utf8), mode: mode)
    }

    /// A plugin that answers VERSION and nothing else.
    func write(plugin: String, versions: [String]) throws {
        let answer: JSON = ["cniVersion": "1.1.0", "supportedVersions": JSON(versions)]
        try write("bin/\(plugin)", "#!/bin/sh\necho '\(answer)'\n", mode: 0o755)
    }

    private func makeWayOut() throws {
        let peer = Veth.Peer(name: "router0", in: outside)
        let prefix = try #require(IPPrefix("192.168.7.2/24"))
        let router = try #require(IPAddress("192.168.7.1"))
        try RoutingSocket(in: outside).perform { _ in }
        let routing = try RoutingSocket(in: network.host)
        try routing.perform { $0.addLink("uplink0", .veth(Veth(peer: peer)), LinkAttributes(isUp: true)) }
        let index = try #require(try routing.link(.name("uplink0"))).index
        try routing.perform {
            $0.address(.add, InterfaceAddress(prefix), on: index)
            $0.route(.add, Route(.everything(.v4), via: router), through: index)
        }
    }

    /// Attaches a new container with the bridge plugin.
    @discardableResult
    func attach() throws -> TestContainer {
        let container = try network.container()
        let outcome = try network.call(Bridge.self, .add, configuration, for: container)
        try #require(outcome.status == 0, "\(outcome)")
        results[container.id] = try outcome.output.map { try CNIResult(json: $0) }
        containers.append(container)
        return container
    }

    /// Has a plugin that comes after the bridge in the chain do its ADD.
    func add(_ plugin: (some Plugin).Type, _ members: JSON, to container: TestContainer) throws {
        var configuration = members
        for key in ["cniVersion", "name"] { configuration[key] = self.configuration[key] }
        configuration["prevResult"] = try results[container.id]?.json(version: .current)
        let outcome = try network.call(plugin, .add, configuration, for: container)
        try #require(outcome.status == 0, "\(outcome)")
    }

    /// Attaches a container to another network, as `eth1`.
    func attach(_ container: TestContainer, to name: String, bridge: String, _ subnet: String) throws {
        var other = configuration
        other["name"] = .string(name)
        other["bridge"] = .string(bridge)
        other["ipam"]?["ranges"] = [[["subnet": .string(subnet)]]]
        let outcome = try network.call(Bridge.self, .add, other, for: container, interface: "eth1")
        try #require(outcome.status == 0, "\(outcome)")
        others.insert(
            KnownAttachments.Entry(
                network: try NetworkName(name),
                reference: AttachmentReference(containerID: container.id, ifname: "eth1"), isAlive: true))
    }

    func detach(_ container: TestContainer) throws {
        let outcome = try network.call(Bridge.self, .delete, configuration, for: container)
        try #require(outcome.status == 0, "\(outcome)")
    }

    /// What a runtime remembers: all containers but `forgotten`.
    func attachments(without forgotten: [String] = [], isComplete: Bool = true) throws -> KnownAttachments {
        let name = try NetworkName("pods")
        let search = NamespaceSearch()
        let entries = try network.run {
            try containers.filter { !forgotten.contains($0.id) }.map { container in
                let attachment = Attachment(
                    network: name, containerID: try ContainerID(container.id),
                    interface: try InterfaceName("eth0"))
                let standing = search.standing(
                    of: AttachmentTrace(
                        attachment, namespacePath: container.path, result: results[container.id]))
                return KnownAttachments.Entry(attachment, standing)
            }
        }
        return KnownAttachments(entries + others, isComplete: isComplete)
    }

    /// The key of a container's attachment.
    func key(of container: TestContainer) -> String { "pods/\(container.id)/eth0" }

    /// Leaves a link of an attachment that never was finished: its other end did not get into the container.
    func makeHalf(_ container: TestContainer, _ name: String = "veth7") throws {
        try run(
            "ip link add \(name) type veth peer \(name)p; ip link set \(name) alias \(key(of: container))")
    }

    /// What the doctor finds on the host.
    func examine(_ attachments: KnownAttachments?) throws -> [Finding] {
        let doctor = Doctor(machine: machine, attachments: attachments)
        return try network.run { doctor.examine() }
    }

    func examine() throws -> [Finding] { try examine(attachments()) }

    /// What the doctor finds wrong on the host, as `SEVERITY ID`.
    func complaints() throws -> [String] { try examine().complaints }

    /// Runs a command line on the host.
    func run(_ command: String) throws {
        let script = "\(folder.path)/remedy"
        _ = try File.remove(script)
        try File.create(script, Array("#!/bin/sh\nset -e\n\(command)\n".utf8), mode: 0o755)
        // Who is root only of a user namespace cannot write iptables' lock file in /run.
        let environment = [
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "XTABLES_LOCKFILE": "\(folder.path)/xtables.lock",
        ]
        let status = try network.run {
            try ChildProcess.run(script, environment: environment, input: []).status
        }
        try #require(status == 0, "\(command) ended with \(status)")
    }

    /// Sets a setting of the host's namespace.
    func set(_ setting: String, _ value: String) throws {
        try network.run { try File.write(value, into: "/proc/sys/\(setting)") }
    }

    func setting(_ setting: String) throws -> String {
        try network.run {
            String(decoding: try File.read("/proc/sys/\(setting)").prefix { $0 != 10 }, as: UTF8.self)
        }
    }

    /// Makes all leases an hour old.
    func ageLeases() throws {
        let leases = "\(network.dataDir.path)/pods"
        var then = timespec()
        clock_gettime(CLOCK_REALTIME, &then)
        then.tv_sec -= 3600
        for name in try Directory.names(in: leases) where IPAddress(name) != nil {
            try systemCall("age") { utimensat(AT_FDCWD, "\(leases)/\(name)", [then, then], 0) }
        }
        // As time itself does not change files, the store may not have noticed.
        try File.create("\(leases)/x", [], mode: 0o600)
        try File.remove("\(leases)/x")
    }

    var leases: [String] {
        get throws {
            try Directory.names(in: "\(network.dataDir.path)/pods").filter { IPAddress($0) != nil }
        }
    }
}

extension [Finding] {
    /// What is not well, as `SEVERITY ID`.
    var complaints: [String] {
        filter { $0.severity != .ok }.map { "\($0.severity.rawValue) \($0.id)" }
    }

    subscript(id: String) -> Finding? { first { $0.id == id && $0.severity != .ok } }
}
