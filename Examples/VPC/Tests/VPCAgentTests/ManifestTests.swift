// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import EC2
import NodeAgentTesting
import Testing
import VPCNetwork

@testable import VPCAgent

/// The DaemonSet of the documentation.
@Suite("The manifest for Kubernetes")
struct ManifestTests {
    private let manifest: Manifest

    init() throws {
        let root = #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
        manifest = try Manifest("/\(root)/Documentation/VPC/kubernetes.yaml")
    }

    @Test("Its objects belong together")
    func objectsBelongTogether() throws {
        try manifest.expectCoherence(in: "kube-system")
        let definition = try manifest.object("CustomResourceDefinition")
        #expect(
            definition["metadata"]?["name"]?.string
                == "\(definition["spec"]?["names"]?["plural"]?.string ?? "").\(definition["spec"]?["group"]?.string ?? "")"
        )
    }

    @Test("Its image is pinned, of nobody's registry, and pulled only where it is missing")
    func image() throws { try manifest.expectImage(of: "vpc-agent", installing: ["vpc-eni"]) }

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
        // An event is patched when it comes again after a minute.
        #expect(try asked.union(["patch events"]) == manifest.permissions)
    }

    @Test("Its network is the plugin's, and gets to the runtime by the agent")
    func network() throws {
        let list = try manifest.expectNetworkList(of: ["vpc-eni", "portmap"])
        #expect(try NetworkConfigurationList(json: list).plugins.count == 2)
    }

    @Test("Its files are where the plugin and the former agent have them")
    func files() throws {
        let paths = AgentPaths()
        for path in [paths.socket, paths.released, paths.journal, paths.record] {
            #expect(try manifest.hostPath(of: path, manifest.agent) == path)
        }
        for folder in ["/run/netns", "/var/run/netns"] {
            #expect(try manifest.hostPath(of: folder, manifest.agent) == "/run/netns")
            let mount = try manifest.agent["volumeMounts"]?.array?.first { $0["mountPath"]?.string == folder }
            // Namespaces are mounts of the host's that come and go.
            #expect(mount?["mountPropagation"] == "HostToContainer")
        }
        let checkpoint = "/var/run/aws-node/ipam.json"
        #expect(try manifest.hostPath(of: checkpoint, manifest.agent) == checkpoint)
    }

    @Test("Its agent is in the node's network and sees its processes, and is asked how it is")
    func rights() throws {
        let (pod, agent) = (try manifest.pod, try manifest.agent)
        #expect(pod["hostNetwork"] == true && pod["hostPID"] == true)
        #expect(pod["priorityClassName"] == "system-node-critical")
        #expect(pod["tolerations"] == [["operator": "Exists"]])
        #expect(agent["securityContext"]?["privileged"] == true)
        #expect(
            agent["env"]?.array?.first == [
                "name": "MY_NODE_NAME", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]],
            ])
    }
}
