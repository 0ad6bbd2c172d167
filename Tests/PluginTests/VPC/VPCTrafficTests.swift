// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import CNITypes
import LinuxCore
import Netlink
import NetworkState
import TestSupport
import Testing
import VPCNetwork

/// Packets of pods on ENIs, through a router that drops what an ENI sends with a foreign source.
@Suite(
    .needsNamespaces, .needsProgram("/usr/bin/ping"), .needsProgram("/usr/sbin/ip"),
    .needsProgram("/usr/sbin/nft"), .serialized)
struct VPCTrafficTests {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test(arguments: Families.allCases)
    func `pods on every ENI reach each other, the node and the VPC with their own addresses`(
        families: Families
    ) throws {
        let world = try VPCWorld(families)
        let pods = try world.pods(3)
        var targets: [(IPAddress, [IPAddress])] = []
        let chosen: [IPAddress.Family] = IPAddress.Family.allCases.filter {
            $0 == .v4 ? families.hasIPv4 : families.hasIPv6
        }
        for family in chosen {
            let own = try pods.map { try #require(try $0.address(family)) }
            #expect(Set(own).count == 3)
            let node = try address(family == .v4 ? "10.0.0.10" : "fd10::10")
            let instance = try address(family == .v4 ? "10.0.5.9" : "fd10:0:0:5::9")
            for (number, pod) in pods.enumerated() {
                // A container's own address is its loopback's, which is another plugin's.
                for other in own + [node, instance] where other != own[number] {
                    let ping = try pod.ping(other)
                    #expect(ping.status == 0, "\(pod.id) to \(other)\n\(ping.output)")
                }
            }
            for pod in own {
                let ping = try world.instance.ping(pod)
                #expect(ping.status == 0, "the instance to \(pod)\n\(ping.output)")
            }
            targets.append((instance, own))
        }
        // The instance answers nobody but pods' own addresses.
        try world.instance.admitPings(onlyFrom: targets.flatMap(\.1))
        for (instance, _) in targets {
            for pod in pods { #expect(try pod.ping(instance).status == 0) }
            #expect(
                try world.node.run {
                    Program.run(["/usr/bin/ping", "-n", "-c", "1", "-w", "1", "\(instance)"])
                }.status != 0)
        }
        #expect(try world.foreignPackets() == 0)
    }

    @Test func `what leaves the VPC has the node's address, but for excluded networks`() throws {
        let world = try VPCWorld { $0.excludedCIDRs = [IPPrefix("192.168.50.0/24")].compactMap { $0 } }
        let pods = try world.pods(2)
        try world.internet.admitPings(onlyFrom: [address("10.0.0.10")])
        try world.vpn.admitPings(onlyFrom: pods.map { try #require(try $0.address(.v4)) })
        for pod in pods {
            #expect(try pod.canPing("203.0.113.9"), "\(pod.id)")
            #expect(try pod.canPing("192.168.50.9"), "\(pod.id)")
        }
        #expect(try world.foreignPackets() == 0)
    }

    @Test func `with external translation what leaves the VPC keeps the pod's address`() throws {
        let world = try VPCWorld { $0.translation = .external }
        let pods = try world.pods(2)
        try world.internet.admitPings(onlyFrom: pods.map { try #require(try $0.address(.v4)) })
        for pod in pods { #expect(try pod.canPing("203.0.113.9"), "\(pod.id)") }
        #expect(try world.foreignPackets() == 0)
    }

    @Test(arguments: SourceTranslation.PortChoice.allCases)
    func `translation works without node port support, and with every choice of ports`(
        choice: SourceTranslation.PortChoice
    ) throws {
        let world = try VPCWorld {
            $0.supportsNodePorts = false
            $0.translation = .node(choice)
        }
        let pods = try world.pods(2)
        try world.internet.admitPings(onlyFrom: [address("10.0.0.10")])
        for pod in pods { #expect(try pod.canPing("203.0.113.9"), "\(pod.id)") }
        #expect(try world.foreignPackets() == 0)
    }

    @Test(arguments: [1, 2], [true, false])
    func `a pod on a secondary ENI answers an outside client by the ENI that it came by`(
        filter: Int, translates: Bool
    ) throws {
        let world = try VPCWorld { if !translates { $0.translation = .external } }
        let pods = try world.pods(2)
        try world.node.run { try File.write("\(filter)", into: "/proc/sys/net/ipv4/conf/eth1/rp_filter") }
        for pod in pods {
            let own = try #require(try pod.address(.v4))
            try world.vpn.admitPings(onlyFrom: [])
            let ping = try world.vpn.ping(own)
            #expect(ping.status == 0, "\(pod.id)\n\(ping.output)")
        }
        #expect(try world.foreignPackets() == 0)
    }

    /// kube-proxy in nftables mode: a service's address becomes a pod's at priority -100.
    private func addService(_ service: String, _ endpoint: String, to world: VPCWorld) throws {
        try world.node.nft("add table ip kube-proxy")
        try world.node.nft(
            "add chain ip kube-proxy services { type nat hook prerouting priority -100; policy accept; }")
        try world.node.nft("add rule ip kube-proxy services ip daddr \(service) dnat to \(endpoint)")
    }

    @Test func `a service of kube-proxy's in nftables mode is reached from pods on every ENI`() throws {
        let world = try VPCWorld()
        let pods = try world.pods(2)
        try addService("172.20.0.10", "10.0.5.9", to: world)
        // The endpoint sees the pods' own addresses: no packet has taken the primary ENI's way out.
        try world.instance.admitPings(onlyFrom: pods.map { try #require(try $0.address(.v4)) })
        for pod in pods { #expect(try pod.canPing("172.20.0.10"), "\(pod.id)") }
        #expect(try world.foreignPackets() == 0)
    }

    @Test(arguments: [true, false])
    func `a service with endpoints outside the VPC is reached from pods on every ENI`(isNamed: Bool) throws {
        let world = try VPCWorld {
            if isNamed { $0.serviceCIDRs = [IPPrefix("203.0.113.0/24")].compactMap { $0 } }
            if isNamed { $0.translation = .external }
        }
        let pods = try world.pods(2)
        try addService("172.20.0.11", "203.0.113.9", to: world)
        try world.internet.admitPings(onlyFrom: [address("10.0.0.10")])
        for pod in pods { #expect(try pod.canPing("172.20.0.11"), "\(pod.id)") }
        #expect(try world.foreignPackets() == 0)
        #expect(
            try world.node.ip("rule show").contains("1535:\tfrom all to 203.0.113.0/24 lookup main")
                == isNamed)
        var without = world.network
        without.serviceCIDRs = []
        try world.converge(to: without)
        #expect(try !world.node.ip("rule show").contains("1535"))
    }

    /// A node port: what comes to the node's address goes to a pod, and `masquerades` or keeps the client's address.
    private func addNodePort(_ pod: IPAddress, masquerades: Bool, to world: VPCWorld) throws {
        try world.node.nft("add table ip kube-proxy")
        try world.node.nft(
            "add chain ip kube-proxy ports { type nat hook prerouting priority -100; policy accept; }")
        try world.node.nft(
            "add rule ip kube-proxy ports iifname eth0 ip daddr 10.0.0.10 icmp type echo-request dnat to \(pod)"
        )
        guard masquerades else { return }
        try world.node.nft(
            "add chain ip kube-proxy way { type nat hook postrouting priority 100; policy accept; }")
        try world.node.nft("add rule ip kube-proxy way ip daddr \(pod) masquerade")
    }

    @Test(arguments: [0, 1], [true, false])
    func `a node port's client is answered by the primary ENI, whichever has the pod`(
        number: Int, masquerades: Bool
    ) throws {
        let world = try VPCWorld()
        let pods = try world.pods(2)
        let pod = try #require(try pods[number].address(.v4))
        try addNodePort(pod, masquerades: masquerades, to: world)
        if !masquerades {
            try pods[number].admitPings(onlyFrom: [address("192.168.50.9"), address("10.0.5.9")])
        }
        for client in [world.vpn, world.instance] {
            let ping = try client.ping(address("10.0.0.10"))
            #expect(ping.status == 0, "\(client.id)\n\(ping.output)")
        }
        #expect(try world.foreignPackets() == 0)
    }

    @Test func `without node port support the other ENI's pod is not answered, which shows what it is for`()
        throws
    {
        let world = try VPCWorld { $0.supportsNodePorts = false }
        let pods = try world.pods(2)
        try addNodePort(try #require(try pods[1].address(.v4)), masquerades: false, to: world)
        #expect(try world.vpn.ping(address("10.0.0.10")).status != 0)
        #expect(try world.foreignPackets() > 0)
    }

    @Test(arguments: [true, false])
    func `pods reach the metadata service, or not`(isAllowed: Bool) throws {
        let world = try VPCWorld { $0.allowsMetadata = isAllowed }
        let pods = try world.pods(2)
        try world.router.ip("address add 169.254.169.254/32 dev lo")
        try world.node.ip("route add 169.254.169.254 via 10.0.0.1")
        for pod in pods {
            let isAsWanted = try isAllowed ? pod.canPing("169.254.169.254") : pod.isSilent("169.254.169.254")
            #expect(isAsWanted, "\(pod.id)")
        }
        let ping = try world.node.run {
            Program.run(["/usr/bin/ping", "-n", "-c", "1", "-w", "3", "169.254.169.254"])
        }
        #expect(ping.status == 0)
        #expect(try world.foreignPackets() == 0)
    }

    @Test func `a pod's packets are no larger than its MTU, and as large reach the VPC`() throws {
        let world = try VPCWorld()
        let pods = try world.pods(2)
        for pod in pods {
            #expect(try pod.ip("link show eth0").contains("mtu 1400"))
            #expect(try pod.canPing(address("10.0.5.9"), payload: 1400 - 28))
            #expect(try pod.canPing(address("10.0.5.9"), payload: 1401 - 28, limit: 3) == false)
        }
        #expect(try world.node.ip("link show eth1").contains("mtu 1500"))
    }

    @Test func `an exclusive pod has the ENI itself, and gives it back`() throws {
        let world = try VPCWorld()
        let pod = try world.node.container("lonely")
        let members: [String: JSON?] = ["mode": "exclusive"]
        let before = try world.node.snapshot()
        let result = try world.attach(pod, pod: "db-0", members)
        #expect(result["ips"]?.array?.first?["address"]?.string == "10.0.2.10/24")
        #expect(try pod.ip("link show eth0").contains("\(VPCWorld.macs[2])"))
        #expect(try !world.node.ip("link show").contains("eth2"))
        try world.instance.admitPings(onlyFrom: [address("10.0.2.10")])
        #expect(try pod.canPing("10.0.5.9"))
        #expect(try pod.canPing("10.0.0.10"))
        #expect(
            try world.call(.check, pod, pod: "db-0", members.merging(["prevResult": result]) { $1 }).status
                == 0)
        #expect(
            try world.call(.delete, pod, pod: "db-0", members.merging(["prevResult": result]) { $1 }).status
                == 0)
        try expectUnchanged(world.node, since: before)
        #expect(try world.foreignPackets() == 0)
    }

    @Test func `two containers of a StatefulSet's pod: the old one's late DEL leaves the new one's network`()
        throws
    {
        let world = try VPCWorld()
        let (first, second) = (try world.node.container("c1"), try world.node.container("c2"))
        let before = try world.attach(first, pod: "web-0")
        let name = HostLinkName.name(
            prefix: "eni", pod: PodReference(namespace: "default", name: "web-0"),
            attachment: CNITypes.Attachment(
                network: try NetworkName("vpc"), containerID: try ContainerID("c1"),
                interface: try InterfaceName("eth0")))
        #expect(before["interfaces"]?.array?.first?["name"]?.string == name)
        #expect(try first.canPing("10.0.5.9"))
        let after = try world.attach(second, pod: "web-0")
        #expect(after["interfaces"]?.array?.first?["name"]?.string == name)
        #expect(try second.canPing("10.0.5.9"))
        // The old one still has its network, under another name.
        #expect(try first.canPing("10.0.5.9"))
        let fault = try world.call(.check, second, ["prevResult": after])
        #expect(fault.status == 0, "\(fault)")
        let removed = try world.call(.delete, first, ["prevResult": before])
        #expect(removed.status == 0, "\(removed)")
        #expect(try second.canPing("10.0.5.9"))
        #expect(try world.node.ip("link show \(name)").contains("UP"))
        #expect(world.agent.holders == ["c2"])
        #expect(try world.call(.delete, second, ["prevResult": after]).status == 0)
        #expect(try !world.node.ip("link show").contains("eni"))
        #expect(try !world.node.ip("rule show").contains("512:"))
        #expect(try world.foreignPackets() == 0)
    }

    @Test func `an ENI whose address, link or routes others take away is repaired`() throws {
        let world = try VPCWorld()
        let pods = try world.pods(2)
        #expect(try world.converge().isEmpty)
        for damage in [
            "-4 address flush dev eth1", "link set eth1 down", "route flush table 2", "rule del prio 32765",
            "route add 10.0.1.0/24 dev eth1", "rule del prio 1024",
        ] {
            try world.node.ip(damage)
            #expect(try !world.converge().isEmpty, "\(damage)")
            #expect(try pods[1].canPing("10.0.5.9"), "\(damage)")
            let rest = try world.converge()
            #expect(rest.isEmpty, "\(damage): \(rest)")
        }
        #expect(try world.foreignPackets() == 0)
    }

    @Test(arguments: [true, false])
    func `a node whose agent is taken down has nothing of its, and knows its own addresses`(isStrict: Bool)
        throws
    {
        let world = try VPCWorld(.both) { $0.hasStrictBranches = isStrict }
        try world.converge()
        let words = ["-4", "-6"]
        for family in words {
            #expect(
                try world.node.ip("\(family) rule show").contains("20:\tfrom all lookup local") == isStrict)
        }
        let session = { try NodeNetwork.takeDown(NetworkSession(container: nil)) }
        while try !world.node.run(session).isEmpty {}
        for family in words {
            let rules = try world.node.ip("\(family) rule show")
            #expect(rules.hasPrefix("0:\tfrom all lookup local"), "\(rules)")
            #expect(!rules.contains("20:") && !rules.contains("proto 69"), "\(rules)")
        }
        #expect(try !world.node.nft("list tables").contains("cni_vpc"))
    }
}
