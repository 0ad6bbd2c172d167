// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Glibc
import LinuxCore
import Netlink
import NetworkState
import Testing
import VPCNetwork
import VPCPlugin

/// A node with ENIs in a VPC: the VPC's router is a namespace of its own, which drops what an ENI sends with a source that
/// is not one of its addresses; behind it are another instance of the VPC, the internet, and a network behind a VPN.
///
///     node eth0 10.0.0.10/24  pods 10.0.0.100 …   primary
///     node eth1 10.0.1.10/24  pods 10.0.1.100 …
///     node eth2 10.0.2.10/24                      to be lent
///     instance 10.0.5.9       internet 203.0.113.9       VPN 192.168.50.9
final class VPCWorld: Sendable {
    let router: TestNetwork
    let node: TestNetwork
    let agent: FakeAgent
    let instance: TestContainer
    let internet: TestContainer
    let vpn: TestContainer
    let families: Families
    let network: NodeNetwork

    static let macs = (0..<3).map { MACAddress(bits: 0x0200_0000_0010 + UInt64($0)) }

    /// - Parameter members: Change the node's network.
    init(_ families: Families = .v4, _ change: (inout NodeNetwork) -> Void = { _ in }) throws {
        self.families = families
        let (router, node) = (try TestNetwork(), try TestNetwork())
        (self.router, self.node) = (router, node)
        let outside = try [(9, "instance"), (10, "internet"), (11, "vpn")].map { try router.container($0.1) }
        (instance, internet, vpn) = (outside[0], outside[1], outside[2])
        try Self.connect(router, node)
        try Self.connect(router, outside)
        let enis = (0..<2).map { Self.eni($0, families) }
        var network = NodeNetwork(
            enis: enis, vpcCIDRs: [IPPrefix("10.0.0.0/16"), IPPrefix("fd10::/56")].compactMap { $0 })
        network.mtu = 1500
        change(&network)
        self.network = network
        agent = try FakeAgent(in: node.dataDir.path) { number, addition in
            Self.attachment(number, addition, enis, families)
        }
        try node.ip("link set eth0 up")
        if families.hasIPv4 {
            try node.ip("address add 10.0.0.10/24 dev eth0")
            try node.ip("route add default via 10.0.0.1")
        }
        if families.hasIPv6 {
            try node.ip("address add fd10:0:0:0::10/64 dev eth0 nodad")
            try node.ip("route add default via fd10:0:0:0::1")
        }
        try converge()
    }

    static func eni(_ index: Int, _ families: Families) -> NodeENI {
        func part(_ subnet: String, _ address: String, _ gateway: String) -> NodeENI.Part? {
            guard let subnet = IPPrefix(subnet), let address = IPAddress(address),
                let gateway = IPAddress(gateway)
            else { return nil }
            return NodeENI.Part(primaryAddress: address, subnet: subnet, gateway: gateway)
        }
        return NodeENI(
            mac: macs[index], link: "eth\(index)", deviceIndex: index, isPrimary: index == 0,
            v4: families.hasIPv4 ? part("10.0.\(index).0/24", "10.0.\(index).10", "10.0.\(index).1") : nil,
            v6: families.hasIPv6
                ? part("fd10:0:0:\(index)::/64", "fd10:0:0:\(index)::10", "fd10:0:0:\(index)::1") : nil)
    }

    /// The first pod gets an address of the primary ENI, the second of the other one, and so on.
    private static func attachment(
        _ number: Int, _ addition: AgentRequest.Addition, _ enis: [NodeENI], _ families: Families
    ) -> PodAttachment? {
        let index = addition.mode == .exclusive ? 2 : number % 2
        let owner = addition.mode == .exclusive ? Self.eni(2, families) : enis[index]
        let host = addition.mode == .exclusive ? 10 : 100 + number
        var addresses: [PodAddress] = []
        for text in ["10.0.\(index).\(host)", "fd10:0:0:\(index)::\(host)"] {
            if let address = IPAddress(text).flatMap({ owner.podAddress($0) }) { addresses.append(address) }
        }
        if addresses.isEmpty { return nil }
        guard addition.mode == .branch, let branch = addition.branch else {
            return PodAttachment(mode: addition.mode, mtu: 1400, addresses: addresses)
        }
        return branchAttachment(branch, isStrict: addition.attachment.network.rawValue == "strict")
    }

    /// The branch's own subnets are behind the second ENI as a trunk.
    private static func branchAttachment(_ branch: BranchENI, isStrict: Bool) -> PodAttachment {
        let addresses = branch.addresses.compactMap { prefix -> PodAddress? in
            guard let gateway = prefix.first.advanced(by: 1) else { return nil }
            return PodAddress(
                prefix.address,
                of: PodAddress.ENI(
                    mac: macs[1], link: "eth1", deviceIndex: 1, table: RouteTable.number(vlan: branch.vlan),
                    subnet: prefix.network, gateway: gateway, primaryAddress: prefix.address,
                    isPrimary: false))
        }
        return PodAttachment(
            mode: .branch, mtu: 1400, addresses: addresses,
            branch: BranchLink(vlan: branch.vlan, mac: branch.mac, isStrict: isStrict))
    }

    private static func connect(_ router: TestNetwork, _ node: TestNetwork) throws {
        let routing = try RoutingSocket(in: router.host)
        try router.ip("link set lo up")
        try node.ip("link set lo up")
        for index in 0..<3 {
            try routing.perform {
                let peer = Veth.Peer(
                    name: "eth\(index)", attributes: LinkAttributes(mac: macs[index]), in: node.host)
                $0.addLink("port\(index)", .veth(Veth(peer: peer)), LinkAttributes())
                $0.setLink(.name("port\(index)"), LinkAttributes(isUp: true))
            }
            try router.ip("address add 10.0.\(index).1/24 dev port\(index)")
            try router.ip("address add fd10:0:0:\(index)::1/64 dev port\(index) nodad")
            // The VPC knows which ENI has an address, and asks nobody.
            for host in [10] + Array(100..<110) {
                for address in ["10.0.\(index).\(host)", "fd10:0:0:\(index)::\(host)"] {
                    try router.ip("neighbour replace \(address) lladdr \(macs[index]) dev port\(index)")
                }
            }
        }
        for file in ["ipv4/ip_forward", "ipv6/conf/all/forwarding"] {
            try router.run { try File.write("1", into: "/proc/sys/net/\(file)") }
        }
        try router.nft("add table inet vpc")
        try router.nft(
            "add chain inet vpc sources { type filter hook prerouting priority raw; policy accept; }")
        try router.nft("add counter inet vpc foreign")
        for index in 0..<3 {
            try router.nft(
                "add rule inet vpc sources iifname port\(index) ip saddr != 10.0.\(index).0/24 counter name foreign drop"
            )
            try router.nft(
                "add rule inet vpc sources iifname port\(index) ip6 saddr != { fd10:0:0:\(index)::/64, fe80::/10, ff00::/8, :: } counter name foreign drop"
            )
        }
    }

    private static func connect(_ router: TestNetwork, _ outside: [TestContainer]) throws {
        let networks = [
            ("10.0.5", "fd10:0:0:5"), ("203.0.113", "2001:db8:113"), ("192.168.50", "fd50:0:0:0"),
        ]
        let routing = try RoutingSocket(in: router.host)
        for (index, (container, (v4, v6))) in zip(outside, networks).enumerated() {
            let link = "out\(index)"
            let namespace = try container.namespace()
            try routing.perform {
                let peer = Veth.Peer(name: "eth0", attributes: LinkAttributes(), in: namespace)
                $0.addLink(link, .veth(Veth(peer: peer)), LinkAttributes())
                $0.setLink(.name(link), LinkAttributes(isUp: true))
            }
            try router.ip("address add \(v4).1/24 dev \(link)")
            try router.ip("address add \(v6)::1/64 dev \(link) nodad")
            try container.ip("link set lo up")
            try container.ip("link set eth0 up")
            try container.ip("address add \(v4).9/24 dev eth0")
            try container.ip("address add \(v6)::9/64 dev eth0 nodad")
            try container.ip("route add default via \(v4).1")
            try container.ip("route add default via \(v6)::1")
        }
    }

    /// Does the agent's part; returns the steps.
    @discardableResult
    func converge(to other: NodeNetwork? = nil) throws -> [Change] {
        let wanted = other ?? network
        return try node.run { try wanted.converge(NetworkSession(container: nil)) }
    }

    /// How many packets the VPC has dropped because their ENI does not own their source.
    func foreignPackets() throws -> Int { try packets("foreign") }

    /// How many packets a counter of the router's has.
    func packets(_ counter: String) throws -> Int {
        let text = try router.nft("list counter inet vpc \(counter)")
        return text.split(separator: "packets ").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? -1
    }

    func configuration(_ name: String = "vpc") -> JSON {
        [
            "cniVersion": "1.1.0", "name": .string(name), "type": "vpc-eni",
            "agentSocket": .string(agent.socket),
            "releasedFolder": .string(agent.notes.folder), "timeout": 5,
        ]
    }

    /// Attaches a pod of that name.
    func attach(
        _ container: TestContainer, pod: String, _ members: [String: JSON?] = [:], network: String = "vpc"
    ) throws -> JSON {
        let outcome = try call(.add, container, pod: pod, members, network: network)
        guard outcome.status == 0, let result = outcome.output else {
            throw Unexpected(description: "ADD of \(container.id): \(outcome)")
        }
        return result
    }

    func call(
        _ command: Command, _ container: TestContainer? = nil, pod: String = "web-0",
        _ members: [String: JSON?] = [:], network: String = "vpc"
    ) throws -> Outcome {
        try node.call(
            VPCPlugin.self, command, configuration(network).with(members), for: container,
            variables: container == nil
                ? [:] : ["CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=\(pod)"])
    }

    /// Pods `web-0` with an address of the primary ENI and `web-1` with one of the other, and so on.
    func pods(_ count: Int) throws -> [TestContainer] {
        try (0..<count).map { number in
            let container = try node.container("pod\(number)")
            _ = try attach(container, pod: "web-\(number)")
            return container
        }
    }
}

extension TestContainer {
    /// The address of the interface in a family.
    func address(_ family: IPAddress.Family) throws -> IPAddress? {
        let text = try ip("-o \(family == .v4 ? "-4" : "-6") address show dev eth0 scope global")
        return text.split(separator: " ").compactMap { IPPrefix(String($0))?.address }.first
    }
}
