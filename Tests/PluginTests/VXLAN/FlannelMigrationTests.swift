// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Glibc
import LinuxCore
import TestSupport
import Testing
import VXLANOverlay
import VXLANPlugin

/// A node of flannel's whose pods stay while its plugin becomes ours: Documentation/Migration.md, "From flannel".
@Suite(.needsNamespaces, .needsReferencePlugins, .needsProgram("/usr/bin/env", "/usr/sbin/ip"))
struct FlannelMigrationTests {
    /// The node: what flanneld and its plugin have left in files.
    private struct Node {
        let network: TestNetwork
        let folder: TemporaryFolder
        var subnetFile: String { "\(folder.path)/subnet.env" }

        init() throws {
            network = try TestNetwork(siblings: .ipam)
            folder = try TemporaryFolder()
            let text = """
                FLANNEL_NETWORK=10.244.0.0/16
                FLANNEL_SUBNET=10.244.1.1/24
                FLANNEL_MTU=1450
                FLANNEL_IPMASQ=true

                """
            try File.create(subnetFile, Array(text.utf8), mode: 0o644)
        }

        /// What flannel's plugin hands to the bridge plugin for its conflist: `cbr0`, `hairpinMode`, `isDefaultGateway`.
        var delegated: JSON {
            [
                "cniVersion": "1.0.0", "name": "cbr0", "type": "bridge", "mtu": 1450, "ipMasq": false,
                "isGateway": true, "isDefaultGateway": true, "hairpinMode": true,
                "ipam": [
                    "type": "host-local", "dataDir": .string(network.dataDir.path),
                    "ranges": [[["subnet": "10.244.1.0/24"]]], "routes": [["dst": "10.244.0.0/16"]],
                ],
            ]
        }

        /// The network's configuration with our plugin in flannel's place.
        func ours(_ name: String) -> JSON {
            [
                "cniVersion": "1.0.0", "name": .string(name), "type": "vxlan", "hairpinMode": true,
                "subnetFile": .string(subnetFile), "dataDir": .string(network.dataDir.path),
            ]
        }

        /// Attaches a pod as flannel's plugin does, by the reference's bridge.
        func flannel(_ command: Command, _ pod: TestContainer, result: JSON? = nil) throws -> JSON {
            let input = "\(folder.path)/stdin-\(pod.id)"
            let configuration = delegated.with(["prevResult": result])
            try File.replace(input, Array(configuration.serialized().utf8), mode: 0o600)
            let words = [
                "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin", "CNI_COMMAND=\(command.rawValue)",
                "CNI_CONTAINERID=\(pod.id)", "CNI_IFNAME=eth0", "CNI_NETNS=\(pod.path)",
                "CNI_PATH=\(ReferenceBridge.folder)", "\(ReferenceBridge.folder)/bridge",
            ]
            let (status, output) = try network.run { Program.run(words, input: input) }
            guard status == 0 else { throw Unexpected(description: "\(command.rawValue): \(output)") }
            return output.isEmpty ? .null : try JSON(parsing: output)
        }

        func vxlan(
            _ command: Command, _ pod: TestContainer, _ name: String = "cbr0", result: JSON? = nil
        ) throws -> Outcome {
            try network.call(VXLANPlugin.self, command, ours(name).with(["prevResult": result]), for: pod)
        }

        func leases(of name: String) throws -> [String] {
            try Directory.names(in: "\(network.dataDir.path)/\(name)").filter { IPAddress($0) != nil }
        }
    }

    @Test
    func `pods keep their addresses, none is given out twice, and the old ones are detached by ours`() throws
    {
        let node = try Node()
        let old = try (0..<3).map { try node.network.container("old\($0)") }
        let results = try old.map { try node.flannel(.add, $0) }
        #expect(try node.leases(of: "cbr0") == ["10.244.1.2", "10.244.1.3", "10.244.1.4"])

        // The plugins are replaced; the network keeps its name.
        for (pod, result) in zip(old, results) {
            let checked = try node.vxlan(.check, pod, result: result)
            #expect(checked.status == 0, "\(checked)")
        }
        let new = try node.network.container("new")
        let added = try node.vxlan(.add, new)
        #expect(added.output?["ips"]?.array?.first?["address"]?.string == "10.244.1.5/24", "\(added)")
        #expect(try new.canPing("10.244.1.2"))
        #expect(try old[2].canPing("10.244.1.5"))

        #expect(try node.vxlan(.delete, old[0], result: results[0]).status == 0)
        #expect(try node.vxlan(.delete, old[0]).status == 0, "a second time, as containerd does")
        // And back: those that are left by flannel's plugin, ours too, at the first attempt.
        _ = try node.flannel(.delete, old[1], result: results[1])
        _ = try node.flannel(.delete, new, result: added.output)
        #expect(try node.leases(of: "cbr0") == ["10.244.1.4"])
        #expect(try node.network.ip("-o link show master cni0").split(separator: "\n").count == 1)
        #expect(try node.vxlan(.delete, old[2], result: results[2]).status == 0)
        #expect(try node.leases(of: "cbr0") == [])
    }

    @Test func `with another network's name an ADD is refused as long as flannel's pods are there`() throws {
        let node = try Node()
        let old = try node.network.container("old")
        let result = try node.flannel(.add, old)
        let before = try (node.network.rest(), node.leases(of: "cbr0"))
        let new = try node.network.container("new")
        let refused = try node.vxlan(.add, new, "overlay")
        #expect(refused.status == 1 && refused.output?["code"]?.int == 101, "\(refused)")
        let message = refused.output?["msg"]?.string ?? ""
        for word in ["network cbr0", "10.244.1.0/24", "cni0", "overlay"] {
            #expect(message.contains(word), "\(message)")
        }
        #expect(refused.output?["details"]?.string?.contains("keep the name cbr0") == true, "\(refused)")
        #expect(try node.network.rest() == before.0)
        #expect(try node.leases(of: "cbr0") == before.1)
        #expect(try node.leases(of: "overlay") == [])
        #expect(try old.canPing("10.244.1.1"))

        // A drained node may change its network's name.
        _ = try node.flannel(.delete, old, result: result)
        #expect(try node.vxlan(.add, new, "overlay").status == 0)
        #expect(try node.leases(of: "overlay").count == 1)
    }

    @Test func `leases of pods that are gone are in nobody's way, nor are pods on another bridge`() throws {
        let node = try Node()
        let old = try node.network.container("old")
        _ = try node.flannel(.add, old)
        old.close()
        let new = try node.network.container("new")
        try wait(for: "the pod's link to go") {
            try node.network.ip("-o link show master cni0").isEmpty
        }
        #expect(try node.vxlan(.add, new, "overlay").status == 0)

        let other = try Node()
        _ = try other.flannel(.add, try other.network.container("old"))
        let apart = other.ours("overlay").with(["bridge": "br1"])
        let pod = try other.network.container("new")
        let added = try other.network.call(VXLANPlugin.self, .add, apart, for: pod)
        #expect(added.status == 0, "\(added)")
    }
}
