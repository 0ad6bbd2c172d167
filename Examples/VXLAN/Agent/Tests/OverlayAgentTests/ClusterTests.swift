// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import CNITesting
import CNITypes
import Glibc
import NodeAgentTesting
import Testing
import VXLANOverlay

/// The built agents on nodes with a real etcd, and packets between their containers.
@Suite(
    .needsTunnels, .needsProgram("/usr/bin/etcd"), .needsProgram("/usr/bin/ping"),
    .needsProgram("/usr/bin/curl"),
    .serialized)
struct ClusterTests {
    // 10.5.250.0/24 is for nodes that only the test knows of.
    static let v4: JSON = ["Network": "10.5.0.0/16", "SubnetMax": "10.5.249.0"]
    static let v6: JSON = ["EnableIPv4": false, "EnableIPv6": true, "IPv6Network": "fd05::/48"]
    static let both: JSON = [
        "Network": "10.5.0.0/16", "SubnetMax": "10.5.249.0", "EnableIPv6": true, "IPv6Network": "fd05::/48",
    ]

    private func with(_ backend: JSON, _ network: JSON) -> JSON {
        var members = network.object ?? [:]
        members["Backend"] = backend
        return .object(members)
    }

    @Test(arguments: ["vxlan", "vxlan, IPv6 alone", "vxlan, direct", "host-gw"])
    func `containers reach each other on all nodes`(kind: String) async throws {
        let network = kind == "vxlan, IPv6 alone" ? Self.v6 : Self.both
        let backend: JSON = [
            "Type": kind == "host-gw" ? "host-gw" : "vxlan", "DirectRouting": .bool(kind == "vxlan, direct"),
        ]
        let cluster = try Cluster(with(backend, network))
        try await cluster.waitUntilReady(network == Self.both ? 4 : 2)
        let pods = try cluster.populate()
        #expect(pods.allSatisfy { $0.addresses.count == (network == Self.both ? 2 : 1) })
        try Cluster.pingAll(pods)
        let isTunnelled = kind == "vxlan" || kind == "vxlan, IPv6 alone"
        let entries = try cluster.nodes[0].entries()
        #expect(entries.contains { $0.contains("flannel") } == isTunnelled, "\(entries)")
    }

    @Test(arguments: [UInt32(1500), 9000])
    func `a packet of the MTU gets through whole, and a larger one does not`(mtu: UInt32) async throws {
        let cluster = try Cluster(Self.v4, nodes: 2, mtu: mtu)
        try await cluster.waitUntilReady()
        let pods = try cluster.populate()
        let target = try #require(pods[1].addresses.first)
        // Less the headers of the tunnel, of IPv4 and of ICMP.
        let payload = Int(mtu) - 50 - 28
        #expect(try pods[0].canPing(target, payload: payload))
        #expect(try !pods[0].canPing(target, payload: payload + 1, limit: 3))
    }

    @Test func `an agent that is killed leaves the data path, and comes back as the same node`() async throws
    {
        let cluster = try Cluster(Self.both)
        try await cluster.waitUntilReady(4)
        let pods = try cluster.populate()
        let (node, lease) = (cluster.nodes[0], try cluster.nodes[0].lease())
        node.stop(SIGKILL)
        try Cluster.pingAll(pods, "without its agent")
        // One node leaves while the agent is not there to see it.
        let gone = cluster.nodes[2]
        gone.stop(SIGKILL)
        let subnet = try #require(try gone.lease().v4?.subnet)
        #expect(try node.entries().contains { $0.hasPrefix("\(subnet) ") })
        try await Task.sleep(for: .seconds(Cluster.timeToLive + 2))
        #expect(try node.entries().contains { $0.hasPrefix("\(subnet) ") })
        try node.start()
        try await node.waitUntilReady(peers: 2)
        #expect(try node.lease() == lease)
        #expect(try !node.entries().contains { $0.hasPrefix("\(subnet) ") })
        try Cluster.pingAll(Array(pods[0...1]), "with the agent back")
    }

    @Test func `a node that dies is forgotten within its time`() async throws {
        let cluster = try Cluster(Self.v4)
        try await cluster.waitUntilReady()
        let subnet = try #require(try cluster.nodes[2].lease().v4?.subnet)
        cluster.nodes[2].stop(SIGKILL)
        for node in cluster.nodes[0...1] {
            let isForgotten = try await holds(within: .seconds(Cluster.timeToLive + 90)) {
                try !node.entries().contains { $0.hasPrefix("\(subnet) ") }
            }
            let rest = try node.entries()
            #expect(isForgotten != nil, "\(rest)")
        }
    }

    @Test func `while etcd is away packets get through and leases survive`() async throws {
        let outage = getenv("CLUSTER_OUTAGE").flatMap { Int(String(cString: $0)) } ?? Cluster.timeToLive + 3
        let cluster = try Cluster(Self.both)
        try await cluster.waitUntilReady(4)
        let pods = try cluster.populate()
        let before = try cluster.nodes.map { (try $0.lease(), try $0.entries()) }
        cluster.etcd.stop()
        let end = ContinuousClock.now + .seconds(outage)
        while ContinuousClock.now < end {
            try Cluster.pingAll(pods, "without etcd")
            try await Task.sleep(for: .seconds(1))
        }
        try cluster.etcd.start()
        try await Task.sleep(for: .seconds(Cluster.timeToLive + 2))
        try await cluster.waitUntilReady(4)
        for (node, (lease, entries)) in zip(cluster.nodes, before) {
            #expect(try node.lease() == lease)
            #expect(try node.entries() == entries)
        }
        let keys = try cluster.etcd.control("get", "--prefix", "--keys-only", "/coreos.com/network/subnets/")
        #expect(keys.split(separator: "\n").count == 3)
    }

    @Test func `an agent that sleeps through a compaction sees what has changed`() async throws {
        let cluster = try Cluster(Self.v4, nodes: 2)
        try await cluster.waitUntilReady()
        cluster.nodes[0].send(SIGSTOP)
        // The connection breaks, too: what it would be told next is not kept anywhere.
        cluster.etcd.stop()
        try cluster.etcd.start()
        let key = "/coreos.com/network/subnets/10.5.250.0-24"
        let value =
            #"{"PublicIP":"192.168.77.9","PublicIPv6":null,"BackendType":"vxlan","#
            + #""BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:09"}}"#
        for _ in 0..<5 { try cluster.etcd.control("put", key, value) }
        let status = try JSON(parsing: try cluster.etcd.control("endpoint", "status", "-w", "json"))
        let revision = try #require(status.array?.first?["Status"]?["header"]?["revision"]?.int)
        try cluster.etcd.control("compact", "\(revision)")
        cluster.nodes[0].send(SIGCONT)
        let isSeen = try await holds {
            try cluster.nodes[0].entries().contains { $0.hasPrefix("10.5.250.0/24 ") }
        }
        #expect(isSeen != nil, "\(cluster.nodes[0].log)")
    }

    @Test func `a peer's other MAC address and other address replace the old ones`() async throws {
        let cluster = try Cluster(Self.v4, nodes: 1)
        let node = cluster.nodes[0]
        try await node.waitUntilReady(peers: 0)
        let key = "/coreos.com/network/subnets/10.5.250.0-24"
        for (address, mac) in [
            ("192.168.77.9", "02:00:00:00:00:09"), ("192.168.77.9", "02:00:00:00:00:0a"),
            ("192.168.77.8", "02:00:00:00:00:0a"),
        ] {
            let value =
                #"{"PublicIP":"\#(address)","PublicIPv6":null,"BackendType":"vxlan","#
                + #""BackendData":{"VNI":1,"VtepMAC":"\#(mac)"}}"#
            try cluster.etcd.control("put", key, value)
            let wanted = [
                "10.5.250.0 lladdr \(mac) PERMANENT", "10.5.250.0/24 via 10.5.250.0 dev flannel.1 onlink",
                "\(mac) dst \(address) self permanent",
            ].sorted()
            let isSo = try await holds { try node.entries() == wanted }
            let entries = try node.entries()
            #expect(isSo != nil, "\(entries)")
        }
        try cluster.etcd.control("del", key)
        #expect(try await holds { try node.entries().isEmpty } != nil)
    }

    @Test func `what others delete or change is repaired as soon as the kernel reports it`() async throws {
        let cluster = try Cluster(Self.both, nodes: 2, startsAgents: false)
        // Everything is compared only once an hour.
        for node in cluster.nodes { try node.start(["--resync", "3600"]) }
        try await cluster.waitUntilReady(2)
        let pods = try cluster.populate()
        let node = cluster.nodes[0]
        let before = try node.entries()
        let mac = try #require(try cluster.nodes[1].lease().v4?.tunnel?.mac)
        let subnet = try #require(try cluster.nodes[1].lease().v4?.subnet)
        for words in [
            "/usr/sbin/ip link delete flannel.1", "/usr/sbin/ip route delete \(subnet)",
            "/usr/sbin/ip -6 route flush proto 67",
            "/usr/sbin/ip neighbour flush dev flannel.1 nud permanent",
            "/usr/sbin/bridge fdb delete \(mac) dev flannel.1 dst \(cluster.nodes[1].address) self",
            "/usr/sbin/ip link set flannel.1 down",
            "/usr/sbin/ip link set flannel.1 address 02:00:00:00:00:77",
        ] where (try? node.run(words)) != nil {
            let repair = try await holds { try node.entries() == before }
            let entries = try node.entries()
            let time = try #require(repair, "\(words)\n\(entries)\n\(node.log)")
            print("repaired in \(time): \(words)")
        }
        try node.run("/usr/sbin/nft delete table inet cni_overlay_1")
        #expect(
            await holds { (try? node.run("/usr/sbin/nft list table inet cni_overlay_1")) != nil } != nil)
        try node.ip("link set flannel.1 mtu 1000")
        #expect(try await holds { try node.ip("link show flannel.1").contains("mtu 1450") } != nil)
        try Cluster.pingAll(pods)
    }

    @Test func `two agents that want one subnet get two`() async throws {
        let cluster = try Cluster(["Network": "10.5.0.0/24", "SubnetLen": 26], startsAgents: false)
        // Both had it before, as far as they know; there are three subnets.
        for node in cluster.nodes {
            let text = "FLANNEL_NETWORK=10.5.0.0/24\nFLANNEL_SUBNET=10.5.0.65/26\nFLANNEL_MTU=1450\n"
            try node.folder.write("subnet.env", text)
        }
        for node in cluster.nodes { try node.start() }
        try await cluster.waitUntilReady()
        let subnets = Set(try cluster.nodes.map { try $0.lease().key.description })
        #expect(subnets == ["10.5.0.64-26", "10.5.0.128-26", "10.5.0.192-26"])
    }

    @Test func `an interface with another address is another lease's address, and the same subnet`()
        async throws
    {
        let cluster = try Cluster(Self.v4, nodes: 2)
        try await cluster.waitUntilReady()
        let pods = try cluster.populate()
        let (node, before) = (cluster.nodes[1], try cluster.nodes[1].lease())
        try node.ip("address add 192.168.77.99/24 dev eth0")
        try node.ip("address delete \(node.address)/24 dev eth0")
        try node.ip("address add 192.168.77.99/24 dev eth0")
        try node.ip("route add default via 192.168.77.254")
        let isMoved = try await holds { try node.lease().v4?.publicIP.description == "192.168.77.99" }
        #expect(isMoved != nil, "\(node.log)")
        let mac = try #require(before.v4?.tunnel?.mac)
        let isKnown = try await holds {
            try cluster.nodes[0].entries().contains("\(mac) dst 192.168.77.99 self permanent")
        }
        let entries = try cluster.nodes[0].entries()
        #expect(isKnown != nil, "\(entries)")
        #expect(try node.lease().key == before.key)
        try Cluster.pingAll(pods)
    }

    @Test func `an interface with other packets changes the devices and what containers get`()
        async throws
    {
        let cluster = try Cluster(Self.v4, nodes: 1)
        let node = cluster.nodes[0]
        try await node.waitUntilReady(peers: 0)
        let lease = try node.lease()
        try node.ip("link set eth0 mtu 1400")
        #expect(
            try await holds { try node.ip("link show flannel.1").contains("mtu 1350") } != nil, "\(node.log)")
        #expect(try await holds { try TemporaryFolder.read(node.record).contains("\"mtu\": 1350") } != nil)
        let file = "\(node.folder.path)/subnet.env"
        #expect(try await holds { try TemporaryFolder.read(file).contains("FLANNEL_MTU=1350") } != nil)
        #expect(try node.lease() == lease)
    }

    @Test func `an agent that is killed at any moment of its start comes back`() async throws {
        let cluster = try Cluster(Self.both, nodes: 2)
        try await cluster.waitUntilReady(2)
        let node = cluster.nodes[0]
        let before = (try node.lease(), try node.entries())
        let pods = try cluster.populate()
        for attempt in 0..<20 {
            node.stop(SIGKILL)
            // Something to do, so that it dies in the middle of it.
            _ = try? node.ip("link delete flannel.1")
            _ = try? node.ip("-6 route flush proto 67")
            try node.start()
            try await Task.sleep(for: .milliseconds(attempt * 12))
        }
        node.stop(SIGKILL)
        try node.start()
        try await node.waitUntilReady(peers: 2)
        #expect(try node.lease() == before.0)
        #expect(try node.entries() == before.1)
        let keys = try cluster.etcd.control("get", "--prefix", "--keys-only", "/coreos.com/network/subnets/")
        #expect(keys.split(separator: "\n").count == 2)
        try Cluster.pingAll(pods)
    }

    @Test func `cleanup takes everything away, and can be done again`() async throws {
        let cluster = try Cluster(Self.both, nodes: 2, startsAgents: false)
        let node = cluster.nodes[0]
        let before = try node.network.snapshot()
        for node in cluster.nodes { try node.start() }
        try await cluster.waitUntilReady(2)
        node.stop()
        let files = ["--record-file", node.record, "--subnet-file", "\(node.folder.path)/subnet.env"]
        let words = ([Node.executable, "cleanup"] + files).joined(separator: " ")
        #expect(try node.run(words).contains("remove link flannel.1"))
        #expect(try node.run(words) == "nothing of ours is there\n")
        // Forwarding stays, and what the kernel sets together with it.
        func withoutForwarding(_ text: String) -> [Substring] {
            text.split(separator: "\n").filter {
                !$0.contains("forward") && !$0.contains("/accept_redirects=")
            }
        }
        #expect(try withoutForwarding(node.network.snapshot()) == withoutForwarding(before))
        #expect(access(node.record, F_OK) != 0)
    }
}
