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

@Suite("kubernetes: the nodes' leases") struct KubernetesFollowTests {
    private let prefix = KubernetesSamples.prefix

    /// A node that follows, and its server.
    private struct Following {
        let server: FakeKubernetes
        let store: KubernetesStore
        let own: Lease
        let listener: Listener

        init(
            _ server: FakeKubernetes, _ change: (inout KubernetesOptions) -> Void = { _ in }
        ) async throws {
            self.server = server
            server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
            store = try KubernetesSamples.store(server, "node1", change)
            own = try await store.acquire(Samples.request(1))
            listener = Listener(store, own)
        }

        /// Waits for the first list and the first watch.
        func begins() async -> Bool {
            let hasTold = await listener.waits { $0.leases != nil }
            return await server.waits { $0.nodes.watchCount == 1 } && hasTold
        }

        func put(_ number: Int) {
            server.nodes.put(
                "node\(number)", podCIDRs: ["10.5.\(number).0/24"],
                annotations: KubernetesSamples.flannel(number))
        }

        var lists: Int { server.answers.asked.count { $0.contains("limit=") && !$0.contains("continue=") } }
        var watches: Int { server.answers.count(of: "GET /api/v1/nodes?watch") }
        var failures: [AgentError] {
            listener.events.compactMap { if case .failure(let error) = $0 { error } else { nil } }
        }
    }

    @Test func `a list whose rest is not kept any more starts over`() async throws {
        let server = try await FakeKubernetes()
        server.answers.behave {
            $0.pageLimit = 2
            $0.expiredPages = 2
        }
        for number in 2...6 {
            server.nodes.put(
                "node\(number)", podCIDRs: ["10.5.\(number).0/24"],
                annotations: KubernetesSamples.flannel(number))
        }
        let node = try await Following(server)
        #expect(await node.listener.waits { $0.leases?.count == 6 })
        #expect(node.lists == 3)
        // It happens; nobody has to be told.
        #expect(node.failures.isEmpty)
    }

    @Test func `a watch that ends in its time is resumed without a list`() async throws {
        let node = try await Following(try await FakeKubernetes())
        #expect(await node.begins())
        let told = node.listener.events.count
        node.server.nodes.endWatches()
        #expect(await node.server.waits { _ in node.watches == 2 })
        #expect(node.listener.events.dropFirst(told).contains(.contact))
        node.put(2)
        #expect(await node.listener.waits { $0.leases?.count == 2 })
        #expect(node.lists == 1)
        #expect(node.failures.isEmpty)
    }

    @Test func `a bookmark is what a watch resumes from`() async throws {
        let node = try await Following(try await FakeKubernetes())
        #expect(await node.begins())
        // A version that no node has.
        node.server.nodes.compact()
        let told = node.listener.events.count
        node.server.nodes.bookmark()
        #expect(await node.listener.waits { $0.events.count > told })
        node.server.nodes.cutWatches()
        #expect(await node.server.waits { _ in node.watches == 2 })
        node.put(2)
        #expect(await node.listener.waits { $0.leases?.count == 2 })
        #expect(node.lists == 1)
    }

    @Test func `a watch that is too old in its middle starts over`() async throws {
        let node = try await Following(try await FakeKubernetes())
        #expect(await node.begins())
        node.server.nodes.tell([
            "type": "ERROR", "object": FakeAnswers.status(410, "Expired", "too old resource version").object,
        ])
        #expect(await node.server.waits { _ in node.lists == 2 })
        #expect(node.failures.isEmpty)
    }

    @Test(arguments: [
        #"{"type":"ADDED"}"#, #"{"type":"ADDED","object":{"metadata":{}}}"#, "[]", "7",
        #"{"type":"DELETED","object":7}"#,
    ])
    func `what cannot be read in a watch is reported, and everything is read again`(line: String) async throws
    {
        let node = try await Following(try await FakeKubernetes())
        #expect(await node.begins())
        node.server.nodes.tell(try JSON(parsing: line))
        #expect(await node.server.waits { _ in node.lists == 2 })
        #expect(node.failures.map(\.code) == [.malformed])
        node.put(2)
        #expect(await node.listener.waits { $0.leases?.count == 2 })
    }

    @Test func `events of kinds that are still to come are left alone`() async throws {
        let node = try await Following(try await FakeKubernetes())
        #expect(await node.begins())
        node.server.nodes.tell(["type": "NEW", "object": ["kind": "Other"]])
        node.put(2)
        #expect(await node.listener.waits { $0.leases?.count == 2 })
        #expect(node.failures.isEmpty)
        #expect(node.watches == 1)
    }

    @Test func `subnets that cannot be read are reported, and hide no other node`() async throws {
        let node = try await Following(try await FakeKubernetes())
        node.put(3)
        node.server.nodes.put("node2", podCIDRs: ["10.5.x"], annotations: KubernetesSamples.flannel(2))
        #expect(await node.listener.waits { $0.unreadable.count == 1 && $0.leases?.count == 2 })
        #expect(
            node.listener.unreadable.first?.contains("spec.podCIDRs: \"10.5.x\" is not a network") == true)
        node.put(2)
        #expect(await node.listener.waits { $0.unreadable.isEmpty && $0.leases?.count == 3 })
    }

    @Test func `of a node with a mistake in one family the other one stays, and the node is named`()
        async throws
    {
        let node = try await Following(try await FakeKubernetes())
        var annotations = KubernetesSamples.flannel(2)
        annotations["\(prefix)/public-ipv6"] = "fd77::2"
        annotations["\(prefix)/backend-v6-data"] = #"{"VNI":1,"VtepMAC":"02:00"}"#
        node.server.nodes.put(
            "node2", podCIDRs: ["10.5.2.0/24", "fd00:5:2::/64"], annotations: annotations)
        #expect(await node.listener.waits { $0.leases?.count == 2 })
        #expect(node.listener.leases?.last?.v4?.publicIP.description == "192.0.2.2")
        #expect(node.listener.leases?.last?.v6 == nil)
        #expect(node.listener.nodes == ["node1", "node2"])
        #expect(
            node.listener.unreadable.first?.hasPrefix("node2: \(prefix)/backend-v6-data.VtepMAC: ") == true)
    }

    @Test func `a token that has been replaced is read again`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("token", "one\n")
        let server = try await FakeKubernetes()
        server.answers.behave { $0.token = "one" }
        let node = try await Following(server) { $0.access.tokenFile = file }
        #expect(await node.begins())
        server.answers.behave { $0.token = "two" }
        server.nodes.cutWatches()
        #expect(await node.listener.waits { _ in node.failures.contains { $0.message.contains("(401)") } })
        try folder.write("token", "two\n")
        node.put(2)
        #expect(await node.listener.waits { $0.leases?.count == 2 })
        #expect(node.listener.failure == nil)
    }

    @Test func `own annotations that cannot be written keep nobody from following the others`() async throws {
        let server = try await FakeKubernetes()
        // The watch for as long as something is owed is one of 10 seconds.
        server.answers.behave { $0.watchSecond = .milliseconds(20) }
        let node = try await Following(server)
        #expect(await node.begins())
        server.answers.behave { $0.forbidden = ["PATCH"] }
        server.nodes.annotate("node1", "\(prefix)/public-ip", "198.51.100.1")
        #expect(await node.listener.waits { _ in node.failures.contains { $0.message.contains("(403)") } })
        node.put(2)
        #expect(await node.listener.waits { $0.leases?.count == 2 })
        // What others make of our annotations is not our lease.
        #expect(node.listener.leases?.contains(node.own) == true)
        server.answers.behave { $0.forbidden = [] }
        #expect(await server.waits { $0.annotations("node1")["public-ip"] == "192.0.2.1" })
        #expect(node.listener.failure == nil)
    }

    @Test
    func `a writer that keeps overwriting the annotations is answered less and less often, and named`()
        async throws
    {
        let server = try await FakeKubernetes()
        // What is owed is seen to when a watch ends.
        server.answers.behave { $0.watchSecond = .milliseconds(20) }
        let node = try await Following(server)
        #expect(await node.begins())
        let start = ContinuousClock.now
        let patches = node.server.answers.count(of: "PATCH")
        for round in 1...3 {
            node.server.nodes.annotate("node1", "\(prefix)/public-ip", "198.51.100.\(round)")
            #expect(await node.server.waits { $0.annotations("node1")["public-ip"] == "192.0.2.1" })
        }
        // Three answers have two pauses between, of one second and of two.
        #expect(node.server.answers.count(of: "PATCH") == patches + 3)
        #expect(start.duration(to: .now) > .milliseconds(2900))
        let contests = node.listener.events.compactMap {
            if case .contested(let reason) = $0 { reason } else { nil }
        }
        #expect(
            contests == [
                "somebody else writes \(prefix)/public-ip of node node1: does another agent run under its name?"
            ])
    }

    @Test func `another address that an operator wants is a lease that is lost`() async throws {
        let node = try await Following(try await FakeKubernetes())
        #expect(await node.begins())
        node.server.nodes.annotate("node1", "\(prefix)/public-ip-overwrite", "198.51.100.9")
        #expect(await node.listener.waits { $0.failure?.code == .leaseLost })
        let moved = try await node.store.acquire(Samples.request(1))
        #expect(moved.v4?.publicIP.description == "198.51.100.9")
        let listener = Listener(node.store, moved)
        #expect(await listener.waits { $0.leases == [moved] })
        #expect(await node.server.waits { $0.nodes.watchCount == 1 })
        node.server.nodes.annotate("node1", "\(prefix)/public-ip-overwrite", nil)
        #expect(await listener.waits { $0.failure?.code == .leaseLost })
        #expect(try await node.store.acquire(Samples.request(1)) == node.own)
    }

    @Test func `an invalid address is reported, and the lease stays`() async throws {
        let node = try await Following(try await FakeKubernetes())
        #expect(await node.begins())
        node.server.nodes.annotate("node1", "\(prefix)/public-ip-overwrite", "198.51.100")
        #expect(await node.listener.waits { _ in node.failures.map(\.code) == [.notConfigured] })
        node.put(2)
        #expect(await node.listener.waits { $0.leases?.count == 2 })
        #expect(node.listener.failure == nil)
        node.server.nodes.annotate("node1", "\(prefix)/public-ip-overwrite", "198.51.100.9")
        #expect(await node.listener.waits { $0.failure?.code == .leaseLost })
    }

    @Test func `a node that has become another one while nobody looked is a lease that is lost`() async throws
    {
        let node = try await Following(try await FakeKubernetes())
        #expect(await node.begins())
        node.server.answers.behave { $0.failure = 500 }
        node.server.nodes.cutWatches()
        node.server.nodes.delete("node1")
        node.server.nodes.compact()
        #expect(await node.listener.waits { _ in !node.failures.isEmpty })
        node.server.answers.behave { $0.failure = nil }
        #expect(await node.listener.waits { $0.failure?.code == .leaseLost })
    }

    @Test func `a server that is slow is waited for, but not after a stop`() async throws {
        let server = try await FakeKubernetes()
        server.answers.behave { $0.delay = .milliseconds(300) }
        let node = try await Following(server)
        #expect(await node.begins())
        server.answers.behave { $0.delay = .seconds(600) }
        server.nodes.cutWatches()
        await node.listener.end()
        #expect(node.listener.failure?.code == .cancelled)
    }

    @Test func `a server that ends every watch at once is not asked all the time`() async throws {
        let server = try await FakeKubernetes()
        server.answers.behave { $0.watchSecond = .zero }
        let node = try await Following(server)
        #expect(await node.listener.waits { $0.leases != nil })
        let start = ContinuousClock.now
        let watches = node.watches
        #expect(await server.waits { _ in node.watches >= watches + 4 })
        // 100 ms at least between two, then 200, 400, 800, each up to a quarter less at random.
        #expect(start.duration(to: .now) > .milliseconds(500))
        #expect(node.lists == 1)
    }

    @Test func `hundreds of nodes that come at once are all reported`() async throws {
        let node = try await Following(try await FakeKubernetes())
        #expect(await node.begins())
        for number in 2...250 { node.put(number) }
        #expect(await node.listener.waits { $0.leases?.count == 250 })
        for number in 2...250 { node.server.nodes.delete("node\(number)") }
        #expect(await node.listener.waits { $0.leases == [node.own] })
        #expect(node.failures.isEmpty)
    }
}
