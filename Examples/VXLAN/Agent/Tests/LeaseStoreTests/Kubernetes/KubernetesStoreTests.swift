// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import CNITesting
import CNITypes
import LeaseStores
import NodeAgentCore
import NodeAgentKubernetes
import NodeAgentTesting
import Testing
import VXLANOverlay

@Suite("kubernetes") struct KubernetesStoreTests {
    private let prefix = KubernetesSamples.prefix

    @Test func `a lease is the node's subnet, and flannel's annotations`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"], annotations: ["other": "stays"])
        let lease = try await KubernetesSamples.store(server).acquire(Samples.request(1))
        #expect(lease.key.description == "10.5.1.0-24")
        let annotations = server.nodes["node1"]?["metadata"]?["annotations"]
        let mac = try #require(lease.v4?.tunnel?.mac)
        #expect(annotations?["\(prefix)/kube-subnet-manager"] == "true")
        #expect(annotations?["\(prefix)/backend-type"] == "vxlan")
        #expect(annotations?["\(prefix)/public-ip"] == "192.0.2.1")
        #expect(annotations?["\(prefix)/backend-data"]?.string == "{\"VNI\":1,\"VtepMAC\":\"\(mac)\"}")
        #expect(annotations?["other"] == "stays")
        // A node that comes back keeps its MAC address, and writes nothing.
        #expect(try await KubernetesSamples.store(server).acquire(Samples.request(1)) == lease)
        #expect(server.answers.asked.count { $0.hasPrefix("PATCH") } == 1)
        try await KubernetesSamples.store(server).release(lease)
        #expect(server.nodes["node1"]?["metadata"]?["annotations"]?.object?.keys == ["other"])
    }

    @Test func `two families, and addresses that an operator wants`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put(
            "node1", podCIDRs: ["10.5.1.0/24", "fd00:5:1::/64"],
            annotations: ["\(prefix)/public-ip-overwrite": "198.51.100.9"])
        let network: JSON = ["Network": "10.5.0.0/16", "EnableIPv6": true, "IPv6Network": "fd00:5::/32"]
        let lease = try await KubernetesSamples.store(server).acquire(Samples.request(1, network))
        #expect(lease.key.description == "10.5.1.0-24&fd00:5:1::-64")
        #expect(lease.v4?.publicIP.description == "198.51.100.9")
        #expect(lease.v6?.publicIP.description == "2001:db8::1")
        #expect(server.nodes["node1"]?["metadata"]?["annotations"]?["\(prefix)/public-ipv6"] == "2001:db8::1")
    }

    @Test func `node-public-ip chooses the interface and what is published, an overwrite counts more`()
        async throws
    {
        let server = try await FakeKubernetes()
        server.nodes.put(
            "node1", podCIDRs: ["10.5.1.0/24"], annotations: ["\(prefix)/node-public-ip": "198.51.100.7"])
        let store = try KubernetesSamples.store(server)
        #expect(try await store.wantedAddresses().map(\.description) == ["198.51.100.7"])
        let lease = try await store.acquire(Samples.request(1))
        #expect(lease.v4?.publicIP.description == "198.51.100.7")
        // It is an operator's, and stays.
        #expect(server.annotations("node1")["node-public-ip"] == "198.51.100.7")
        let listener = Listener(store, lease)
        #expect(await server.waits { $0.nodes.watchCount == 1 })
        server.nodes.annotate("node1", "\(prefix)/public-ip-overwrite", "198.51.100.9")
        #expect(await listener.waits { $0.failure?.code == .leaseLost })
        #expect(try await store.acquire(Samples.request(1)).v4?.publicIP.description == "198.51.100.9")
        server.nodes.annotate("node1", "\(prefix)/node-public-ip", "here")
        let failure = await #expect(throws: AgentError.self) { try await store.wantedAddresses() }
        #expect(failure?.message.contains("\(prefix)/node-public-ip: \"here\" is not an address") == true)
    }

    @Test func `a node without a subnet says what to do`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: [])
        let failure = await #expect(throws: AgentError.self) {
            try await KubernetesSamples.store(server).acquire(Samples.request(1))
        }
        #expect(failure?.code == .noSubnet)
        #expect(failure?.message.contains("--allocate-node-cidrs") == true)
        let missing = await #expect(throws: AgentError.self) {
            try await KubernetesSamples.store(server, "node2").acquire(Samples.request(1))
        }
        #expect(missing?.code == .refused)
    }

    @Test func `conflicts are tried again`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        server.nodes.conflict(times: 3)
        _ = try await KubernetesSamples.store(server).acquire(Samples.request(1))
        #expect(server.answers.asked.count { $0.hasPrefix("PATCH") } == 4)
    }

    @Test func `a node that is ready is said to have a network, once and without harm to other conditions`()
        async throws
    {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        let store = try KubernetesSamples.store(server)
        let lease = try await store.acquire(Samples.request(1))
        try await store.ready(lease)
        let conditions = server.nodes["node1"]?["status"]?["conditions"]?.array ?? []
        #expect(conditions.map { $0["type"]?.string } == ["Ready", "NetworkUnavailable"])
        #expect(conditions.last?["status"] == "False")
        #expect(conditions.last?["lastTransitionTime"]?.string?.hasSuffix("Z") == true)
        try await KubernetesSamples.store(server) { $0.setsCondition = false }.ready(lease)
        #expect(server.answers.asked.count { $0.hasPrefix("PATCH") } == 2)
    }

    @Test func `nodes are reported as they come, change and go, page by page`() async throws {
        let server = try await FakeKubernetes()
        server.answers.behave { $0.pageLimit = 2 }
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        for number in 2...6 {
            server.nodes.put(
                "node\(number)", podCIDRs: ["10.5.\(number).0/24"],
                annotations: KubernetesSamples.flannel(number))
        }
        server.nodes.put("without", podCIDRs: ["10.5.99.0/24"])
        let store = try KubernetesSamples.store(server)
        let own = try await store.acquire(Samples.request(1))
        let listener = Listener(store, own)
        #expect(await listener.waits { $0.leases?.count == 6 })
        #expect(listener.leases?.contains(own) == true)
        #expect(server.answers.asked.count { $0.contains("continue=") } >= 3)
        #expect(await listener.waits { _ in server.nodes.watchCount == 1 })
        server.nodes.delete("node3")
        #expect(await listener.waits { $0.leases?.count == 5 })
        var moved = KubernetesSamples.flannel(4)
        moved["\(prefix)/public-ip"] = "192.0.2.44"
        server.nodes.put("node4", podCIDRs: ["10.5.4.0/24"], annotations: moved)
        #expect(
            await listener.waits {
                $0.leases?.contains { $0.v4?.publicIP.description == "192.0.2.44" } == true
            })
        var broken = KubernetesSamples.flannel(5)
        broken["\(prefix)/backend-data"] = "{"
        server.nodes.put("node5", podCIDRs: ["10.5.5.0/24"], annotations: broken)
        #expect(await listener.waits { $0.unreadable.count == 1 && $0.leases?.count == 4 })
        #expect(listener.unreadable.first?.hasPrefix("node5: ") == true)
        let told = listener.events.count
        server.nodes.bookmark()
        #expect(await listener.waits { $0.events.dropFirst(told).contains(.contact) })
        #expect(listener.failure == nil)
    }

    @Test(arguments: [true, false])
    func `a version that is too old starts over, one that is not is resumed`(refusesByHTTP: Bool) async throws
    {
        let server = try await FakeKubernetes()
        server.answers.behave { $0.refusesByHTTP = refusesByHTTP }
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        let store = try KubernetesSamples.store(server)
        let own = try await store.acquire(Samples.request(1))
        let listener = Listener(store, own)
        #expect(await listener.waits { _ in server.nodes.watchCount == 1 })
        func lists() -> Int { server.answers.asked.count { $0.contains("limit=") } }
        let first = lists()
        // The connection breaks; what came meanwhile is reported, without a list.
        server.nodes.cutWatches()
        server.nodes.put("node2", podCIDRs: ["10.5.2.0/24"], annotations: KubernetesSamples.flannel(2))
        #expect(await listener.waits { $0.leases?.count == 2 })
        #expect(lists() == first)
        // It breaks again, and what came meanwhile is not kept.
        #expect(await listener.waits { _ in server.nodes.watchCount == 1 })
        server.answers.behave { $0.failure = 503 }
        server.nodes.cutWatches()
        server.nodes.put("node3", podCIDRs: ["10.5.3.0/24"], annotations: KubernetesSamples.flannel(3))
        server.nodes.delete("node2")
        server.nodes.compact()
        #expect(await listener.waits { $0.events.contains { if case .failure = $0 { true } else { false } } })
        server.answers.behave { $0.failure = nil }
        #expect(await listener.waits { $0.leases?.map(\.key.description) == ["10.5.1.0-24", "10.5.3.0-24"] })
        #expect(lists() > first)
        #expect(listener.failure == nil)
    }

    @Test func `own annotations are written again; other podCIDRs or no node at all is a lease that is lost`()
        async throws
    {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        let store = try KubernetesSamples.store(server)
        let own = try await store.acquire(Samples.request(1))
        let listener = Listener(store, own)
        #expect(await listener.waits { _ in server.nodes.watchCount == 1 })
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        #expect(
            await listener.waits { _ in
                server.nodes["node1"]?["metadata"]?["annotations"]?["\(prefix)/public-ip"] == "192.0.2.1"
            })
        #expect(listener.failure == nil)
        server.nodes.put("node1", podCIDRs: ["10.5.7.0/24"])
        #expect(await listener.waits { $0.failure?.code == .leaseLost })
        let again = try await store.acquire(Samples.request(1))
        #expect(again.key.description == "10.5.7.0-24")
        let other = Listener(store, again)
        #expect(await other.waits { $0.leases?.contains(again) == true })
        server.nodes.delete("node1")
        #expect(await other.waits { $0.failure?.code == .leaseLost })
    }

    @Test func `a token is read again for each request`() async throws {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        let folder = try TemporaryFolder()
        let file = try folder.write("token", "one\n")
        let store = try KubernetesSamples.store(server) { $0.access.tokenFile = file }
        server.answers.behave { $0.token = "one" }
        _ = try await store.acquire(Samples.request(1))
        server.answers.behave { $0.token = "two" }
        let failure = await #expect(throws: AgentError.self) {
            try await store.acquire(Samples.request(1))
        }
        #expect(failure?.code == .refused)
        try folder.write("token", "two\n")
        _ = try await store.acquire(Samples.request(1))
    }

    @Test(.needsProgram("/usr/bin/openssl")) func `a kubeconfig's certificates are used`() async throws {
        let folder = try TemporaryFolder()
        let certificates = try Certificates(in: folder)
        let server = try await FakeKubernetes(certificates)
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        let file = try folder.write(
            "config",
            """
            apiVersion: v1
            kind: Config
            current-context: here
            contexts: [{name: here, context: {cluster: test, user: node}}]
            clusters: [{name: test, cluster: {server: "\(server.url)", certificate-authority: authority.pem}}]
            users: [{name: node, user: {client-certificate: client.pem, client-key: client-key.pem}}]
            """)
        let access = try KubernetesAccess.kubeconfig(file)
        let store = try KubernetesStore(
            KubernetesOptions(node: try KubernetesNodeName("node1"), access: access))
        _ = try await store.acquire(Samples.request(1))
    }
}
