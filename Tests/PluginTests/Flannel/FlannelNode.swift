// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import FlannelPlugin
import LinuxCore

/// A host with flannel's file, whose daemon is the test.
struct FlannelNode {
    let network: TestNetwork
    let folder: TemporaryFolder

    var subnetFile: String { "\(folder.path)/subnet.env" }
    var dataDir: String { "\(network.dataDir.path)/flannel" }

    init(_ plugins: any Plugin.Type...) throws {
        var siblings = Siblings.ipam
        siblings.add(Bridge.self)
        for plugin in plugins { siblings.add(plugin) }
        network = try TestNetwork(siblings: siblings)
        folder = try TemporaryFolder()
        try write()
    }

    /// Writes flannel's file, for the node's third subnet if nothing else is said.
    func write(_ subnet: Int = 3, networks: String = "10.244.0.0/16", masquerades: Bool = true) throws {
        let text = """
            FLANNEL_NETWORK=\(networks)
            FLANNEL_SUBNET=10.244.\(subnet).1/24
            FLANNEL_IPV6_NETWORK=fd24::/48
            FLANNEL_IPV6_SUBNET=fd24:0:0:\(subnet)::1/64
            FLANNEL_MTU=1450
            FLANNEL_IPMASQ=\(masquerades)

            """
        try File.replace(subnetFile, Array(text.utf8), mode: 0o644)
    }

    func configuration(
        _ name: String = "cbr0", delegate: JSON = ["isDefaultGateway": true],
        with members: [String: JSON?] = [:]
    ) -> JSON {
        let configuration: JSON = [
            "cniVersion": "1.1.0", "name": .string(name), "type": "flannel",
            "subnetFile": .string(subnetFile), "dataDir": .string(dataDir), "delegate": delegate,
            "ipam": ["dataDir": .string(network.dataDir.path)],
        ]
        return configuration.with(members)
    }

    func call(
        _ command: Command, _ configuration: JSON, _ container: TestContainer? = nil,
        interface: String = "eth0", with members: [String: JSON?] = [:]
    ) throws -> Outcome {
        try network.call(
            FlannelPlugin.self, command, configuration.with(members), for: container, interface: interface)
    }

    /// The names in the folder of kept configurations.
    func kept() -> [String] { (try? Directory.names(in: dataDir)) ?? [] }

    /// Damages, or replaces, a kept configuration.
    func overwrite(_ name: String, _ content: String) throws {
        try Directory.create(dataDir)
        try File.replace("\(dataDir)/\(name)", Array(content.utf8), mode: 0o600)
    }

    func content(_ name: String) throws -> JSON {
        try JSON(parsing: File.read("\(dataDir)/\(name)"))
    }
}

extension FlannelNode {
    static func plan(_ invocation: Invocation) throws -> Plan { try FlannelPlugin.plan(for: invocation) }
}
