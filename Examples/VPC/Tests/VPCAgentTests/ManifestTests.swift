// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import EC2
import NodeAgentTesting
import Testing
import VPCNetwork
import Yams

@testable import VPCAgent

/// The DaemonSet of the documentation.
@Suite("The manifest for Kubernetes")
struct ManifestTests {
    private let objects: [JSON]

    init() throws {
        let root = #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
        let text = try TemporaryFolder.read("/\(root)/Documentation/VPC/kubernetes.yaml")
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

    private func pod() throws -> JSON { try #require(try object("DaemonSet")["spec"]?["template"]?["spec"]) }
    private func agent() throws -> JSON { try #require(try pod()["containers"]?.array?.first) }
    private func words() throws -> [String] { try agent()["command"]?.array?.compactMap(\.string) ?? [] }

    private func option(_ name: String) throws -> String {
        let word = try #require(try words().first { $0.hasPrefix("--\(name)=") }, "no --\(name)")
        return String(word.dropFirst(name.utf8.count + 3))
    }

    /// Where a path of a container comes from: the volume, and the path in it.
    private func volume(of path: String, _ container: JSON) throws -> (volume: JSON, rest: String) {
        let mounts = container["volumeMounts"]?.array ?? []
        let mount = try #require(
            mounts.first { "\(path)/".hasPrefix("\($0["mountPath"]?.string ?? "-")/") },
            "\(path) is on no volume")
        let volume = try pod()["volumes"]?.array?.first { $0["name"] == mount["name"] }
        let rest = path.dropFirst((mount["mountPath"]?.string ?? "").utf8.count)
        return (try #require(volume), String(rest.drop { $0 == "/" }))
    }

    private func hostPath(of path: String, _ container: JSON) throws -> String {
        let (volume, rest) = try volume(of: path, container)
        let folder = try #require(volume["hostPath"]?["path"]?.string, "\(path) is not the host's")
        return rest.isEmpty ? folder : "\(folder)/\(rest)"
    }

    @Test("Its objects belong together")
    func objectsBelongTogether() throws {
        for object in objects {
            #expect(object["apiVersion"]?.string != nil && object["metadata"]?["name"]?.string != nil)
        }
        for kind in ["ServiceAccount", "ConfigMap", "DaemonSet"] {
            #expect(try object(kind)["metadata"]?["namespace"] == "kube-system")
        }
        let account = try object("ServiceAccount")["metadata"]?["name"]
        let binding = try object("ClusterRoleBinding")
        #expect(binding["roleRef"]?["name"] == (try object("ClusterRole"))["metadata"]?["name"])
        #expect(
            binding["subjects"] == [
                ["kind": "ServiceAccount", "name": account ?? .null, "namespace": "kube-system"]
            ])
        #expect(try pod()["serviceAccountName"] == account)
        let daemons = try object("DaemonSet")["spec"]
        #expect(daemons?["selector"]?["matchLabels"] == daemons?["template"]?["metadata"]?["labels"])
        let definition = try object("CustomResourceDefinition")
        #expect(
            definition["metadata"]?["name"]?.string
                == "\(definition["spec"]?["names"]?["plural"]?.string ?? "").\(definition["spec"]?["group"]?.string ?? "")"
        )
    }

    @Test("Its image is pinned, of nobody's registry, and pulled only where it is missing")
    func image() throws {
        let containers = (try pod()["initContainers"]?.array ?? []) + [try agent()]
        #expect(containers.count == 2)
        for container in containers {
            #expect(container["image"] == "registry.invalid/vpc-agent:0.1.0")
            #expect(container["imagePullPolicy"] == "IfNotPresent")
        }
        let install = try #require(try pod()["initContainers"]?.array?.first)
        #expect(
            install["command"] == [
                "/usr/local/bin/cni-plugins", "--install", "/host/opt/cni/bin", "vpc-eni",
            ])
        #expect(try hostPath(of: "/host/opt/cni/bin", install) == "/opt/cni/bin")
    }

    @Test("Its role allows what the agent asks for, and nothing else")
    func role() async throws {
        let box = try await Box(prefix: "10.0.0.0/28")
        let server = try await FakeKubernetes()
        server.nodes.put("node1", ["status": ["capacity": ["pods": "110"]]])
        let configs = server.answers.objects(
            "ENIConfig", "eniconfigs", apiVersion: "crd.k8s.amazonaws.com/v1alpha1")
        configs.put("default", ["spec": ["subnet": .string(try #require(box.names["subnet/pods"]))]])
        let agent = try WholeAgent(
            box, ["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"], in: TemporaryFolder(), kubernetes: server)
        try await eventually("an event") { !server.events.all.isEmpty }
        try await agent.free(9)
        var asked: Set<String> = []
        for request in server.answers.asked {
            let words = request.split { $0 == " " || $0 == "?" }.map(String.init)
            var path = words[1].split(separator: "/").map(String.init)
            path.removeFirst(path[0] == "api" ? 2 : 3)
            if path[0] == "namespaces", path.count > 2 { path.removeFirst(2) }
            let verb = ["GET": path.count > 1 ? "get" : "list", "POST": "create", "PATCH": "patch"][words[0]]
            asked.insert("\(verb ?? words[0]) \(path[0])")
        }
        var allowed: Set<String> = []
        for rule in try object("ClusterRole")["rules"]?.array ?? [] {
            for resource in rule["resources"]?.array ?? [] {
                for verb in rule["verbs"]?.array ?? [] {
                    allowed.insert("\(verb.string ?? "") \(resource.string ?? "")")
                }
            }
        }
        // An event is patched when it comes again after a minute.
        #expect(asked.union(["patch events"]) == allowed)
    }

    @Test("Its network is the plugin's, and gets to the runtime by the agent")
    func network() throws {
        let (volume, file) = try volume(of: try option("conflist"), try agent())
        #expect(volume["configMap"]?["name"] == (try object("ConfigMap"))["metadata"]?["name"])
        let text = try #require(try object("ConfigMap")["data"]?[file]?.string)
        let list = try NetworkConfigurationList(json: JSON(parsing: text))
        #expect(try JSON(parsing: text)["cniVersion"] == "1.1.0")
        #expect(list.plugins.map { $0["type"]?.string } == ["vpc-eni", "portmap"])
        let folder = try TemporaryFolder()
        _ = try NetworkList(of: try folder.write("list", text), for: "/none")
        #expect(try hostPath(of: try option("write-conflist"), try agent()) == "/etc/cni/net.d/\(file)")
    }

    @Test("Its files are where the plugin and the former agent have them")
    func files() throws {
        let paths = AgentPaths()
        for path in [paths.socket, paths.released, paths.journal, paths.record] {
            #expect(try hostPath(of: path, try agent()) == path)
        }
        for folder in ["/run/netns", "/var/run/netns"] {
            #expect(try hostPath(of: folder, try agent()) == "/run/netns")
            let mount = try agent()["volumeMounts"]?.array?.first { $0["mountPath"]?.string == folder }
            // Namespaces are mounts of the host's that come and go.
            #expect(mount?["mountPropagation"] == "HostToContainer")
        }
        #expect(try hostPath(of: "/var/run/aws-node/ipam.json", try agent()) == "/var/run/aws-node/ipam.json")
    }

    @Test("Its agent is in the node's network and sees its processes, and is asked how it is")
    func rights() throws {
        let (pod, agent) = (try pod(), try agent())
        #expect(pod["hostNetwork"] == true && pod["hostPID"] == true)
        #expect(pod["priorityClassName"] == "system-node-critical")
        #expect(pod["tolerations"] == [["operator": "Exists"]])
        #expect(agent["securityContext"]?["privileged"] == true)
        #expect(
            agent["env"]?.array?.first == [
                "name": "MY_NODE_NAME", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]],
            ])
        let address = try option("status-address")
        for (probe, path) in [("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")] {
            let get = agent[probe]?["httpGet"]
            #expect(get?["path"]?.string == path)
            #expect("\(get?["host"]?.string ?? ""):\(get?["port"]?.int ?? 0)" == address)
        }
    }
}
