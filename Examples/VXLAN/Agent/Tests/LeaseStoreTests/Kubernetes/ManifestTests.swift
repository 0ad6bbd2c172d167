// SPDX-License-Identifier: Apache-2.0

import NodeAgentTesting
import AgentTestSupport
import CNITesting
import CNITypes
import LeaseStores
import Testing
import VXLANOverlay
import Yams

/// The DaemonSet of the documentation.
@Suite("kubernetes: the manifest") struct ManifestTests {
    private let objects: [JSON]

    init() throws {
        let root = #filePath.split(separator: "/").dropLast(7).joined(separator: "/")
        let text = try TemporaryFolder.read("/\(root)/Documentation/VXLAN/kubernetes.yaml")
        objects = try Array(Yams.compose_all(yaml: text)).map { Self.json($0) }
    }

    private static func json(_ node: Node) -> JSON {
        switch node {
        case .mapping(let mapping):
            .object(
                JSONObject(
                    [String: JSON](
                        uniqueKeysWithValues: mapping.map { ($0.key.string ?? "", json($0.value)) })))
        case .sequence(let sequence): .array(sequence.map { json($0) })
        default: node.bool.map { .bool($0) } ?? node.int.map { JSON($0) } ?? .string(node.string ?? "")
        }
    }

    private func object(_ kind: String) throws -> JSON {
        try #require(objects.first { $0["kind"]?.string == kind }, "no \(kind)")
    }

    private func pod() throws -> JSON {
        try #require(try object("DaemonSet")["spec"]?["template"]?["spec"])
    }

    private func agent() throws -> JSON { try #require(try pod()["containers"]?.array?.first) }

    /// The value of an option of the agent's command line.
    private func option(_ name: String) throws -> String {
        let words = try agent()["command"]?.array?.compactMap(\.string) ?? []
        let word = try #require(words.first { $0.hasPrefix("--\(name)=") }, "no --\(name)")
        return String(word.dropFirst(name.utf8.count + 3))
    }

    /// Where a path of the agent's container comes from: the volume, and the path in it.
    private func volume(of path: String) throws -> (volume: JSON, rest: String) {
        let mounts = try agent()["volumeMounts"]?.array ?? []
        let mount = try #require(
            mounts.first { path.hasPrefix("\($0["mountPath"]?.string ?? "-")/") }, "\(path) is on no volume")
        let volume = try pod()["volumes"]?.array?.first { $0["name"] == mount["name"] }
        return (
            try #require(volume), String(path.dropFirst((mount["mountPath"]?.string ?? "").utf8.count + 1))
        )
    }

    @Test func `its objects belong together`() throws {
        for object in objects {
            #expect(object["apiVersion"]?.string != nil && object["metadata"]?["name"]?.string != nil)
        }
        let namespace = try object("Namespace")["metadata"]?["name"]
        for kind in ["ServiceAccount", "ConfigMap", "DaemonSet"] {
            #expect(try object(kind)["metadata"]?["namespace"] == namespace)
        }
        let account = try object("ServiceAccount")["metadata"]?["name"]
        let binding = try object("ClusterRoleBinding")
        #expect(binding["roleRef"]?["name"] == (try object("ClusterRole"))["metadata"]?["name"])
        #expect(
            binding["subjects"] == [
                ["kind": "ServiceAccount", "name": account ?? .null, "namespace": namespace ?? .null]
            ])
        #expect(try pod()["serviceAccountName"] == account)
        let daemons = try object("DaemonSet")["spec"]
        #expect(daemons?["selector"]?["matchLabels"] == daemons?["template"]?["metadata"]?["labels"])
    }

    @Test func `its role allows what the store asks for, and nothing else`() async throws {
        let server = try await FakeKubernetes()
        server.answers.behave { $0.pageLimit = 1 }
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        server.nodes.put("node2", podCIDRs: ["10.5.2.0/24"])
        let store = try KubernetesSamples.store(server)
        let lease = try await store.acquire(Samples.request(1))
        try await store.ready(lease)
        let listener = Listener(store, lease)
        #expect(await server.waits { $0.nodes.watchCount == 1 })
        await listener.end()
        try await store.release(lease)
        var asked: Set<String> = []
        for request in server.answers.asked {
            let words = request.split { $0 == " " || $0 == "?" }
            let path = words[1].split(separator: "/").dropFirst(2)
            let resource = path.count == 3 ? "\(path[2])/\(path[4])" : "\(path[2])"
            let verb = path.count > 1 ? words[0].lowercased() : request.contains("watch=") ? "watch" : "list"
            asked.insert("\(verb) \(resource)")
        }
        var allowed: Set<String> = []
        for rule in try object("ClusterRole")["rules"]?.array ?? [] {
            #expect(rule["apiGroups"] == [""])
            for resource in rule["resources"]?.array ?? [] {
                for verb in rule["verbs"]?.array ?? [] {
                    allowed.insert("\(verb.string ?? "") \(resource.string ?? "")")
                }
            }
        }
        #expect(asked == allowed)
    }

    @Test func `its network is one, and is where the agent looks for it`() throws {
        #expect(try option("store") == "kubernetes")
        let (volume, file) = try volume(of: try option("network-config"))
        let data = try object("ConfigMap")["data"]
        #expect(volume["configMap"]?["name"] == (try object("ConfigMap"))["metadata"]?["name"])
        let text = try #require(data?[file]?.string)
        #expect(try OverlayConfiguration(parsing: Array(text.utf8)).backend.kind == .vxlan)
        let list = try #require(data?["10-overlay.conflist"]?.string)
        let plugins = try NetworkConfigurationList(json: JSON(parsing: list)).plugins
        #expect(plugins.map { $0["type"]?.string } == ["vxlan", "portmap"])
    }

    @Test func `its files are the plugin's`() throws {
        for path in [AgentRecord.usualPath, SubnetFile.usualPath] {
            let (volume, rest) = try volume(of: path)
            #expect("\(volume["hostPath"]?["path"]?.string ?? "")/\(rest)" == path)
        }
        let words = try pod()["initContainers"]?.array?.flatMap { $0["command"]?.array ?? [] } ?? []
        for plugin in ["vxlan", "bridge", "host-local"] {
            #expect(words.contains(.string("/plugins/\(plugin)")))
        }
        let volumes = try pod()["volumes"]?.array ?? []
        for path in ["/opt/cni/bin", "/etc/cni/net.d"] {
            #expect(volumes.contains { $0["hostPath"]?["path"]?.string == path })
        }
    }

    @Test func `its agent is in the node's network with the rights that it needs, and is asked how it is`()
        throws
    {
        let (pod, agent) = (try pod(), try agent())
        #expect(pod["hostNetwork"] == true)
        #expect(pod["priorityClassName"] == "system-node-critical")
        #expect(pod["tolerations"] == [["operator": "Exists"]])
        #expect(agent["securityContext"]?["privileged"] == false)
        #expect(
            agent["securityContext"]?["capabilities"] == ["drop": ["ALL"], "add": ["NET_ADMIN", "NET_RAW"]])
        #expect(
            agent["env"] == [
                ["name": "NODE_NAME", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]]
            ])
        let address = try option("status-address")
        for (probe, path) in [("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")] {
            let get = agent[probe]?["httpGet"]
            #expect(get?["path"]?.string == path)
            #expect("\(get?["host"]?.string ?? ""):\(get?["port"]?.int ?? 0)" == address)
        }
        #expect(agent["resources"]?["requests"]?["memory"]?.string != nil)
    }
}
