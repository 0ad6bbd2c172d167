// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import CNITypes
import Glibc
import NodeAgentTesting
import Testing

/// A node as aws-node leaves it: links, routes and rules by ip(8) with the reference's numbers, and its checkpoint.
struct ReferenceNode {
    let node: BoxNode
    private(set) var pods: [Pod] = []

    init(_ world: BoxWorld, _ node: BoxNode, count: Int) throws {
        self.node = node
        let primary = try #require(try world.enis(of: node).first?["id"]?.string)
        try world.ec2(
            "AssignPrivateIpAddresses",
            ["NetworkInterfaceId": primary, "SecondaryPrivateIpAddressCount": "\(count)"])
        _ = try world.attach(to: node, addresses: count)
        try #require(eventually { (try? node.ip("link show eth1")) != nil })
        let enis = try world.enis(of: node)
        try configure(enis[1])
        for (index, eni) in enis.enumerated() {
            for text in (eni["addresses"]?.array ?? []).dropFirst().compactMap(\.string) {
                try addPod(text, onSecond: index == 1)
            }
        }
    }

    private func configure(_ eni: JSON) throws {
        let own = try #require(eni["addresses"]?.array?.first?.string)
        try node.ip("link set eth1 up")
        try node.ip("address add \(own)/18 dev eth1")
        try node.ip("route del 100.96.0.0/18 dev eth1")
        try node.ip("route add 100.96.0.1 dev eth1 scope link table 2")
        try node.ip("route add default via 100.96.0.1 dev eth1 table 2")
        try node.ip("rule add fwmark 0x80/0x80 table main priority 1024")
        for setting in ["net.ipv4.ip_forward=1", "net.ipv4.conf.eth0.rp_filter=2"] {
            try node.run(["/usr/sbin/sysctl", "-qw", setting])
        }
    }

    private mutating func addPod(_ text: String, onSecond: Bool) throws {
        let name = "taken\(pods.count)"
        let container = try node.container(name)
        let holder = try container.run {
            try Program(["/usr/bin/sleep", "600"], output: "\(node.files.path)/holder")
        }
        defer { holder.end() }
        let host = "eni\(pods.count)0000000aws"
        try node.ip("link add \(host) type veth peer name eth0 netns \(holder.process)")
        try node.ip("link set \(host) up")
        let mac = try node.ip("-o link show \(host)").split(separator: " ").drop { $0 != "link/ether" }
            .dropFirst()
        for words in [
            "link set lo up", "link set eth0 up", "address add \(text)/32 dev eth0",
            "route add 169.254.1.1 dev eth0 scope link", "route add default via 169.254.1.1 dev eth0",
            "neighbour add 169.254.1.1 lladdr \(mac.first ?? "") dev eth0 nud permanent",
        ] {
            _ = try container.run(["/usr/sbin/ip"] + words.split(separator: " ").map(String.init))
        }
        try node.ip("route add \(text)/32 dev \(host) scope link")
        try node.ip("rule add to \(text)/32 table main priority 512")
        if onSecond { try node.ip("rule add from \(text)/32 table 2 priority 1536") }
        pods.append(Pod(node: node, container: container, addresses: [try #require(IPAddress(text))]))
    }

    /// The checkpoint, in which some pods are.
    func checkpoint(_ pods: [Pod]) throws -> String {
        let entries = pods.map { pod -> JSON in
            [
                "networkName": "aws-cni", "containerID": .string(pod.container.id), "ifName": "eth0",
                "ipv4": .string("\(pod.addresses[0])"), "allocationTimestamp": 1_766_000_000_000_000_000,
                "metadata": ["k8sPodNamespace": "box", "k8sPodName": .string(pod.container.id)],
            ]
        }
        let document: JSON = ["version": "vpc-cni-ipam/1", "allocations": .array(entries)]
        return try node.files.write("ipam.json", document.serialized())
    }
}

extension BoxTests {
    @Suite("A node is taken over from aws-node")
    struct LiveTakeoverTests {
        /// The addresses that are in a state.
        private static func addresses(_ state: String, in pool: JSON) -> [String] {
            let blocks = (pool["enis"]?.array ?? []).flatMap { $0["blocks"]?.array ?? [] }
            return blocks.flatMap { $0["used"]?.array ?? [] }.filter { $0["state"]?.string == state }
                .compactMap { $0["address"]?.string }
        }

        @Test func `pods go on without losing a packet, keep their addresses, and go as any other`() throws {
            let world = try BoxWorld()
            let node = world.nodes[0]
            try #require(eventually { (try? node.metadata("instance-id")) != nil })
            let reference = try ReferenceNode(world, node, count: 2)
            let pods = reference.pods
            for pod in pods { try #require(try pod.canPing(#require(IPAddress("10.42.1.20")))) }
            // Each pings all the time; the last one is not in the file, and is found by its namespace.
            let pings = try pods.map { pod in
                try pod.container.run {
                    try Program(
                        ["/usr/bin/ping", "-n", "-i", "0.05", "10.42.1.20"],
                        output: "\(node.files.path)/ping-\(pod.container.id)")
                }
            }
            let file = try reference.checkpoint(Array(pods.dropLast()))
            let rules = try node.ip("rule")
            try node.start(["AWS_VPC_K8S_CNI_BACKING_STORE": file, "WARM_IP_TARGET": "2"])
            try node.waitUntilReady()
            let pool = try node.pool()
            #expect(Set(Self.addresses("assigned", in: pool)) == Set(pods.dropLast().map(\.text)), "\(pool)")
            #expect(Self.addresses("held", in: pool) == pods.suffix(1).map(\.text), "\(pool)")
            for rule in rules.split(separator: "\n") where !rule.hasPrefix("0:") && !rule.hasPrefix("3276") {
                #expect(try node.ip("rule").contains(rule), "\(rule)")
            }
            let next = try (0..<2).map { try node.attach("new\($0)") }
            #expect(Set((pods + next).map { $0.addresses[0] }).count == pods.count + 2)
            for pod in next {
                for other in pods { #expect(try pod.canPing(other.addresses[0])) }
            }
            for (ping, pod) in zip(pings, pods) {
                ping.end(SIGINT)
                let text = try TemporaryFolder.read("\(node.files.path)/ping-\(pod.container.id)")
                // The answer to the last one may be under way.
                let answered = text.matches(of: /icmp_seq=(\d+)/).compactMap { Int($0.1) }
                let sent = text.firstMatch(of: /(\d+) packets transmitted/).flatMap { Int($0.1) } ?? 0
                #expect(sent > 1 && answered == Array(1...max(1, answered.count)), "\(text)")
                #expect(answered.count >= sent - 1, "\(text)")
            }
            for pod in pods + next { try node.detach(pod) }
            #expect(eventually { (try? node.pool()["addresses"]?["assigned"]?.int) == 0 }, "\(node.log)")
            try node.drain()
            // The plugin's rules are gone; those that the reference made are not the plugin's to remove.
            let left = try node.ip("rule")
            for pod in next { #expect(!left.contains("\(pod.text) ")) }
            #expect(try world.enis(of: node).count == 1)
        }
    }
}
