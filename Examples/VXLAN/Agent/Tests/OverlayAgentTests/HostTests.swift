// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import CNITesting
import CNITypes
import Glibc
import NodeAgentTesting
import Testing
import VXLANOverlay

/// The built agent on a host that has networks of its own among the overlay's addresses.
@Suite(
    .needsTunnels, .needsProgram("/usr/bin/etcd"), .needsProgram("/usr/bin/ping"),
    .needsProgram("/usr/bin/curl"), .serialized)
struct HostTests {
    private static let subnets = "/coreos.com/network/subnets/"

    /// One node, and two others that only the store knows of: one of both families, and one of IPv4.
    private func cluster() async throws -> (Cluster, Node) {
        let cluster = try Cluster(ClusterTests.both, nodes: 1, startsAgents: false)
        let node = cluster.nodes[0]
        func value(_ number: Int) -> String {
            #"{"PublicIP":"192.168.77.\#(number)","PublicIPv6":"fd77::\#(number)","BackendType":"vxlan","#
                + #""BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:04:0\#(number)"},"#
                + #""BackendV6Data":{"VNI":1,"VtepMAC":"02:00:00:00:06:0\#(number)"}}"#
        }
        try cluster.etcd.control("put", "\(Self.subnets)10.5.250.0-24&fd05:0:0:fa::-64", value(8))
        try cluster.etcd.control("put", "\(Self.subnets)10.5.251.0-24&fd05:0:0:fb::-64", value(9))
        for words in [
            "link add st0 type veth peer name st1", "link set st0 up", "link set st1 up",
        ] { try node.ip(words) }
        return (cluster, node)
    }

    private func has(_ node: Node, _ subnet: String) throws -> Bool {
        try node.entries().contains { $0.hasPrefix("\(subnet) ") }
    }

    private func count(_ text: String, in log: String) -> Int {
        log.split(separator: "\n").count { $0.contains(text) }
    }

    @Test(arguments: [true, false])
    func
        `a network of the host's keeps its packets, its lease is left out loudly, and comes back when it goes`(
            isThereBefore: Bool
        ) async throws
    {
        let (cluster, node) = try await cluster()
        if isThereBefore { try node.ip("address add 10.5.250.1/24 dev st0") }
        // Everything is compared all the time: what stays as it is is not reported again.
        try node.start(["--resync", "1"])
        if !isThereBefore {
            try await node.waitUntilReady(peers: 4)
            try node.ip("address add 10.5.250.1/24 dev st0")
        }
        let said =
            "lease 10.5.250.0-24&fd05:0:0:fa::-64: its subnet 10.5.250.0/24 overlaps the host's own address "
            + "10.5.250.1/24 on st0"
        let isSaid = await holds { node.status("readyz").hasPrefix("host: \(said)\n") }
        try #require(isSaid != nil, "\(node.status("readyz"))\n\(node.log)")
        #expect(try node.ip("route get 10.5.250.9").contains("dev st0"))
        #expect(try !has(node, "10.5.250.0/24"))
        for other in ["fd05:0:0:fa::/64", "10.5.251.0/24", "fd05:0:0:fb::/64"] {
            #expect(try has(node, other), "\(other)")
        }
        let gauge = #"vxlan_agent_peer_left_out{node="192.168.77.8",subnet="10.5.250.0/24",cause="host"} 1"#
        #expect(node.status("metrics").split(separator: "\n").contains { $0 == gauge })
        #expect(node.metric("vxlan_agent_peers_programmed") == 3)
        try await Task.sleep(for: .seconds(3))
        #expect(count("left out for the host's own network", in: node.log) == 1, "\(node.log)")
        try node.ip("address delete 10.5.250.1/24 dev st0")
        try await node.waitUntilReady(peers: 4)
        #expect(try has(node, "10.5.250.0/24"))
        #expect(!node.status("metrics").contains("vxlan_agent_peer_left_out{"))
        #expect(count("peer not left out any more", in: node.log) == 1, "\(node.log)")
        _ = cluster
    }

    @Test func `a node that publishes nonsense is named once, and its other family is reached`() async throws
    {
        let (cluster, node) = try await cluster()
        try node.start(["--resync", "1"])
        try await node.waitUntilReady(peers: 4)
        let names = ["10.5.250.0-24&fd05:0:0:fa::-64", "10.5.251.0-24&fd05:0:0:fb::-64"]
        func value(_ number: Int, _ v4: String, _ macV6: String) -> String {
            #"{"PublicIP":"\#(v4)","PublicIPv6":"fd77::\#(number)","BackendType":"vxlan","#
                + #""BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:04:0\#(number)"},"#
                + #""BackendV6Data":{"VNI":1,"VtepMAC":"\#(macV6)"}}"#
        }
        // One cannot be read, the other one's address is inside the overlay.
        try cluster.etcd.control("put", Self.subnets + names[0], value(8, "192.168.77.8", "02:00"))
        try cluster.etcd.control("put", Self.subnets + names[1], value(9, "10.5.3.4", "02:00:00:00:06:09"))
        let notes = [
            "peer left out: 10.5.3.4: lease \(names[1]): its address 10.5.3.4 cannot be outside of the overlay",
            "peer left out: \(names[0]): lease \(names[0]).BackendV6Data.VtepMAC: ",
        ]
        let isSaid = await holds {
            let page = node.status("readyz")
            return page.hasPrefix("ok\n") && notes.allSatisfy { page.contains("\n\($0)") }
        }
        try #require(isSaid != nil, "\(node.status("readyz"))\n\(node.log)")
        for gauge in [
            #"{node="10.5.3.4",subnet="10.5.251.0/24",cause="lease"} 1"#,
            #"{node="\#(names[0])",subnet="",cause="unreadable"} 1"#,
        ] { #expect(node.status("metrics").contains("\nvxlan_agent_peer_left_out\(gauge)\n"), "\(gauge)") }
        for (subnet, isReached) in [
            ("10.5.250.0/24", true), ("fd05:0:0:fa::/64", false), ("10.5.251.0/24", false),
            ("fd05:0:0:fb::/64", true),
        ] { #expect(try has(node, subnet) == isReached, "\(subnet)") }
        let comparisons = try #require(node.metric("vxlan_agent_reconciliations_total"))
        #expect(
            await holds { node.metric("vxlan_agent_reconciliations_total") ?? 0 > comparisons + 2 } != nil)
        #expect(count("peer left out", in: node.log) == 2, "\(node.log)")
        try cluster.etcd.control(
            "put", Self.subnets + names[0], value(8, "192.168.77.8", "02:00:00:00:06:08"))
        try cluster.etcd.control(
            "put", Self.subnets + names[1], value(9, "192.168.77.9", "02:00:00:00:06:09"))
        try await node.waitUntilReady(peers: 4)
        #expect(count("peer not left out any more", in: node.log) == 2, "\(node.log)")
    }

    @Test func `a route of somebody else to a node's subnet is not touched, and goes before ours`()
        async throws
    {
        let (cluster, node) = try await cluster()
        try node.start()
        try await node.waitUntilReady(peers: 4)
        // In the place of ours, and, in IPv6, before it.
        for (subnet, make, take) in [
            ("10.5.250.0/24", "route replace 10.5.250.0/24 dev st0", "route delete 10.5.250.0/24 dev st0"),
            (
                "fd05:0:0:fb::/64", "-6 route add fd05:0:0:fb::/64 dev st0 metric 5",
                "-6 route delete fd05:0:0:fb::/64 dev st0"
            ),
        ] {
            try node.ip(make)
            let isGone = try await holds { try !has(node, subnet) }
            #expect(isGone != nil, "\(node.log)")
            let isSaid = await holds { node.status("readyz").contains("on st0\n") }
            #expect(isSaid != nil, "\(node.status("readyz"))")
            let family = subnet.contains(":") ? "-6 " : ""
            #expect(try node.ip("\(family)route show \(subnet)").contains("dev st0"))
            try node.ip(take)
            let isBack = try await holds { try has(node, subnet) }
            #expect(isBack != nil, "\(node.log)")
        }
        try await node.waitUntilReady(peers: 4)
        _ = cluster
    }

    @Test func `an interface that gets a network of the overlay's is reported, and what there is stays`()
        async throws
    {
        let (cluster, node) = try await cluster()
        try node.start()
        try await node.waitUntilReady(peers: 4)
        let lease = try node.lease()
        try node.ip("address add 10.5.250.1/24 dev eth0")
        let said =
            "interface: the network 10.5.250.0/24 of eth0 overlaps the overlay's network 10.5.0.0/16"
        let isSaid = await holds { node.status("readyz").contains(said) }
        try #require(isSaid != nil, "\(node.status("readyz"))\n\(node.log)")
        #expect(try await holds { try !has(node, "10.5.250.0/24") } != nil, "\(node.log)")
        #expect(try node.ip("route get 10.5.250.9").contains("dev eth0"))
        #expect(try has(node, "10.5.251.0/24"))
        try node.ip("address delete 10.5.250.1/24 dev eth0")
        try await node.waitUntilReady(peers: 4)
        #expect(try node.lease() == lease)
        _ = cluster
    }

    @Test(arguments: [
        ("192.168.77.128/26", "the network 192.168.77.0/24 of eth0 overlaps"),
        ("192.168.0.0/16", "the node's address 192.168.77.1 on eth0 lies in"),
    ])
    func `a node that is itself in the overlay's network says so and does not start`(
        network: String, reason: String
    ) async throws {
        let cluster = try Cluster(["Network": .string(network)], nodes: 1)
        let node = cluster.nodes[0]
        let before = try node.network.snapshot()
        let said = "\(reason) the overlay's network \(network)"
        let isSaid = await holds { node.status("readyz").contains(said) }
        try #require(isSaid != nil, "\(node.status("readyz"))\n\(node.log)")
        #expect(node.log.contains(said))
        try await Task.sleep(for: .seconds(2))
        #expect(try node.network.snapshot() == before)
        #expect(try cluster.etcd.control("get", "--prefix", "--keys-only", Self.subnets).isEmpty)
        #expect(access(node.record, F_OK) != 0)
    }

    @Test func `a node takes no subnet for itself that overlaps a network of its host`() async throws {
        let cluster = try Cluster(["Network": "10.5.0.0/24", "SubnetLen": 26], nodes: 1, startsAgents: false)
        let node = cluster.nodes[0]
        // Of three subnets one is left.
        try node.ip("link add st0 type veth peer name st1")
        try node.ip("address add 10.5.0.65/28 dev st0")
        try node.ip("address add 10.5.0.200/32 dev lo")
        try node.start()
        try await node.waitUntilReady(peers: 0)
        #expect(try node.lease().key.description == "10.5.0.128-26")
    }

    @Test(.needsProgram("/usr/sbin/sysctl"))
    func `forwarding that somebody switches off is switched on again at once`() async throws {
        let (cluster, node) = try await cluster()
        // The kernel's report does it: everything is compared only once an hour.
        try node.start(["--resync", "3600"])
        try await node.waitUntilReady(peers: 4)
        for setting in ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"] {
            try node.run("/usr/sbin/sysctl -qw \(setting)=0")
            let time = try await holds { try node.run("/usr/sbin/sysctl -n \(setting)") == "1\n" }
            #expect(time != nil, "\(setting)\n\(node.log)")
        }
        _ = cluster
    }

    @Test(.needsProgram("/usr/sbin/sysctl"))
    func
        `uplinks go on taking router advertisements when the agent switches forwarding on, and no other link begins to`()
        async throws
    {
        let (cluster, node) = try await cluster()
        func acceptance(_ link: String) throws -> String {
            try node.run("/usr/sbin/sysctl -n net.ipv6.conf.\(link).accept_ra")
        }
        try node.run("/usr/sbin/sysctl -qw net.ipv6.conf.all.forwarding=0")
        // As the kernel makes it of an advertisement.
        try node.ip("-6 route replace default via fd77::fe dev eth0 proto ra")
        #expect(try acceptance("eth0") == "1\n" && acceptance("st0") == "1\n")
        try node.start()
        try await node.waitUntilReady(peers: 4)
        #expect(try node.run("/usr/sbin/sysctl -n net.ipv6.conf.all.forwarding") == "1\n")
        #expect(try acceptance("eth0") == "2\n" && acceptance("st0") == "1\n")
        _ = cluster
    }
}
