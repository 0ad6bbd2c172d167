// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import CNITypes
import LeaseStores
import NodeAgentCore
import NodeAgentKubernetes
import NodeAgentTesting
import Testing
import VXLANOverlay

@Suite("kubernetes: a node's own lease") struct KubernetesAcquireTests {
    private let prefix = KubernetesSamples.prefix

    private func failure(_ body: () async throws -> Void) async -> AgentError? {
        await #expect(throws: AgentError.self) { try await body() }
    }

    @Test func `annotations are flannel's, byte for byte: two families with tunnels`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24", "fd00:5:1::/64"])
        var request = try Samples.request(1, KubernetesSamples.dualStack)
        request.macV4 = MACAddress("02:00:00:00:00:01")
        request.macV6 = MACAddress("02:00:00:00:00:06")
        _ = try await KubernetesSamples.store(server).acquire(request)
        #expect(
            server.annotations("node1") == [
                "kube-subnet-manager": "true", "backend-type": "vxlan",
                "backend-data": #"{"VNI":1,"VtepMAC":"02:00:00:00:00:01"}"#, "public-ip": "192.0.2.1",
                "backend-v6-data": #"{"VNI":1,"VtepMAC":"02:00:00:00:00:06"}"#, "public-ipv6": "2001:db8::1",
            ])
    }

    @Test func `annotations are flannel's, byte for byte: host-gw has null in place of a tunnel`()
        async throws
    {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        let network: JSON = ["Network": "10.5.0.0/16", "Backend": ["Type": "host-gw"]]
        _ = try await KubernetesSamples.store(server).acquire(Samples.request(1, network))
        #expect(
            server.annotations("node1") == [
                "kube-subnet-manager": "true", "backend-type": "host-gw", "backend-data": "null",
                "public-ip": "192.0.2.1",
            ])
    }

    @Test func `a family that the network has no more leaves no annotations, an operator's stay`()
        async throws
    {
        let server = try await FakeKubernetes()
        server.nodes.put(
            "node1", podCIDRs: ["10.5.1.0/24", "fd00:5:1::/64"],
            annotations: ["\(prefix)/public-ipv6-overwrite": "2001:db8::99"])
        let store = try KubernetesSamples.store(server)
        _ = try await store.acquire(Samples.request(1, KubernetesSamples.dualStack))
        #expect(server.annotations("node1")["public-ipv6"] == "2001:db8::99")
        _ = try await store.acquire(Samples.request(1))
        #expect(server.annotations("node1")["public-ipv6"] == nil)
        #expect(server.annotations("node1")["backend-v6-data"] == nil)
        #expect(server.annotations("node1")["public-ipv6-overwrite"] == "2001:db8::99")
        let network: JSON = ["EnableIPv4": false, "EnableIPv6": true, "IPv6Network": "fd00:5::/32"]
        let lease = try await store.acquire(Samples.request(1, network))
        #expect(lease.v4 == nil)
        #expect(server.annotations("node1")["public-ip"] == nil)
        #expect(server.annotations("node1")["backend-data"] == nil)
    }

    @Test func `the MAC address that others know stays, and the device's is the next best`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"], annotations: KubernetesSamples.flannel(7))
        let store = try KubernetesSamples.store(server)
        let kept = try await store.acquire(Samples.request(1))
        #expect(kept.v4?.tunnel?.mac == MACAddress("02:00:00:00:00:07"))
        var request = try Samples.request(1)
        request.macV4 = MACAddress("02:00:00:00:00:08")
        #expect(try await store.acquire(request) == kept)
        // What cannot be read does not keep the node from a lease.
        server.nodes.annotate("node1", "\(prefix)/backend-data", "{")
        #expect(try await store.acquire(request).v4?.tunnel?.mac == request.macV4)
        #expect(
            server.annotations("node1")["backend-data"] == #"{"VNI":1,"VtepMAC":"02:00:00:00:00:08"}"#)
    }

    @Test func `subnets that cannot be are reported, and nothing is written`() async throws {
        let server = try await FakeKubernetes()
        let store = try KubernetesSamples.store(server)
        func refusal(_ podCIDRs: [String], _ network: JSON = Samples.network) async throws -> AgentError? {
            server.nodes.put("node1", podCIDRs: podCIDRs)
            return await failure { _ = try await store.acquire(Samples.request(1, network)) }
        }
        let outside = try await refusal(["10.6.1.0/24"])
        #expect(outside?.code == .notConfigured)
        #expect(outside?.message.contains("10.6.1.0/24 is not in the network 10.5.0.0/16") == true)
        let half = try await refusal(["10.5.1.0/24"], KubernetesSamples.dualStack)
        #expect(half?.code == .noSubnet)
        #expect(half?.message.contains("--cluster-cidr=10.5.0.0/16,fd00:5::/32") == true)
        let unreadable = try await refusal(["10.5.1.0/24", "nonsense"])
        #expect(unreadable?.code == .malformed)
        #expect(unreadable?.message == "node node1: spec.podCIDRs: \"nonsense\" is not a network")
        #expect(server.answers.count(of: "PATCH") == 0)
    }

    @Test func `spec.podCIDR alone, of older clusters, is enough`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        server.nodes.change("node1") { $0["spec"]?["podCIDRs"] = nil }
        let lease = try await KubernetesSamples.store(server).acquire(Samples.request(1))
        #expect(lease.key.description == "10.5.1.0-24")
    }

    @Test(arguments: ["here", "::1", "127.0.0.1", "224.0.0.1"])
    func `an address at which no node can be reached is refused, and nothing is written`(address: String)
        async throws
    {
        let server = try await FakeKubernetes()
        server.nodes.put(
            "node1", podCIDRs: ["10.5.1.0/24"], annotations: ["\(prefix)/public-ip-overwrite": address])
        let refusal = await failure {
            _ = try await KubernetesSamples.store(server).acquire(Samples.request(1))
        }
        #expect(refusal?.code == .notConfigured)
        #expect(refusal?.message.contains("\(prefix)/public-ip") == true, "\(refusal?.message ?? "")")
        #expect(server.answers.count(of: "PATCH") == 0)
    }

    @Test func `a node without an address of a family publishes nothing`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24", "fd00:5:1::/64"])
        var request = try Samples.request(1, KubernetesSamples.dualStack)
        request.publicIPv6 = nil
        let refusal = await failure { [request] in
            _ = try await KubernetesSamples.store(server).acquire(request)
        }
        #expect(refusal?.code == .notConfigured)
        #expect(refusal?.message.contains("IPv6") == true)
        #expect(server.annotations("node1").isEmpty)
    }

    @Test func `what was decided from an object that has changed is not written`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        // Our request is on its way; the node becomes another one.
        let nodes = server.nodes
        server.answers.behave { $0.beforePatch = { nodes.put("node1", podCIDRs: ["10.5.9.0/24"]) } }
        let store = try KubernetesSamples.store(server)
        let refusal = await #expect(throws: AgentError.self) {
            try await store.acquire(Samples.request(1))
        }
        #expect(refusal?.code == .leaseLost)
        #expect(server.annotations("node1").isEmpty)
        #expect(server.answers.count(of: "PATCH") == 1)
    }

    @Test func `refusals are reported with what was asked and what was said`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        let store = try KubernetesSamples.store(server)
        server.answers.behave { $0.forbidden = ["PATCH"] }
        let forbidden = await failure { _ = try await store.acquire(Samples.request(1)) }
        #expect(forbidden?.code == .refused)
        #expect(
            forbidden?.message
                == "kubernetes PATCH /api/v1/nodes/node1/status: User \"node\" cannot do that (403)")
        server.answers.behave { $0.failure = 503 }
        let away = await failure { _ = try await store.acquire(Samples.request(1)) }
        #expect(away?.code == .unreachable)
        server.answers.behave { $0.failure = nil }
        server.nodes.delete("node1")
        let unknown = await failure { _ = try await store.acquire(Samples.request(1)) }
        #expect(unknown?.code == .refused)
        #expect(unknown?.message.contains("no node node1") == true)
    }

    @Test func `a node that is ready writes its condition once`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        let store = try KubernetesSamples.store(server)
        let lease = try await store.acquire(Samples.request(1))
        // As flanneld has left it.
        server.nodes.change("node1") { node in
            node["status"]?["conditions"] = [
                [
                    "type": "NetworkUnavailable", "status": "False", "reason": "FlannelIsUp",
                    "lastTransitionTime": "2020-01-01T00:00:00Z",
                ]
            ]
        }
        try await store.ready(lease)
        let condition = server.condition("node1")
        #expect(condition?["reason"] == "VXLANAgentIsUp")
        #expect(condition?["lastTransitionTime"] == "2020-01-01T00:00:00Z")
        let patches = server.answers.count(of: "PATCH")
        try await store.ready(lease)
        #expect(server.answers.count(of: "PATCH") == patches)
    }

    @Test func `a lease that is given back takes the condition along, unless somebody else has set it`()
        async throws
    {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"], annotations: ["other": "stays"])
        let store = try KubernetesSamples.store(server)
        let lease = try await store.acquire(Samples.request(1))
        try await store.ready(lease)
        try await store.release(lease)
        #expect(server.nodes["node1"]?["metadata"]?["annotations"]?.object?.keys == ["other"])
        #expect(server.condition("node1")?["status"] == "True")
        #expect(server.condition("node1")?["reason"] == "VXLANAgentHasLeft")
        let again = try await store.acquire(Samples.request(1))
        server.nodes.change("node1") { node in
            node["status"]?["conditions"] = [
                ["type": "NetworkUnavailable", "status": "False", "reason": "FlannelIsUp"]
            ]
        }
        try await store.release(again)
        #expect(server.condition("node1")?["status"] == "False")
        let requests = server.answers.count(of: "PATCH")
        try await store.release(again)
        #expect(server.answers.count(of: "PATCH") == requests)
        server.nodes.delete("node1")
        try await store.release(again)
    }

    @Test func `a pod's node is asked for once`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        let access = KubernetesAccess(server: server.url)
        let environment = ["POD_NAME": "agent-x1", "POD_NAMESPACE": "kube-flannel", "NODE_NAME": ""]
        let store = try KubernetesStore(
            KubernetesOptions(
                node: try KubernetesNodeName(nil, environment: environment), access: access))
        #expect(store.description.hasSuffix("node of pod kube-flannel/agent-x1"))
        let missing = await failure { _ = try await store.acquire(Samples.request(1)) }
        #expect(missing?.code == .refused)
        server.pods.put("kube-flannel/agent-x1", onNode: "../x")
        let hostile = await failure { _ = try await store.acquire(Samples.request(1)) }
        #expect(hostile?.code == .notConfigured)
        server.pods.put("kube-flannel/agent-x1", onNode: "node1")
        let lease = try await store.acquire(Samples.request(1))
        try await store.ready(lease)
        #expect(server.answers.count(of: "GET /api/v1/namespaces/kube-flannel/pods/agent-x1") == 3)
        #expect(store.description.hasSuffix("node node1"))
        #expect(throws: AgentError.self) {
            try KubernetesNodeName(nil, environment: ["POD_NAME": "x"])
        }
        #expect(throws: AgentError.self) {
            try KubernetesNodeName(nil, environment: ["POD_NAME": "a/b", "POD_NAMESPACE": "c"])
        }
    }
}
