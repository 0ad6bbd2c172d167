// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import HostLocalPlugin
import TestSupport
import Testing

/// A way to damage an attachment, and what CHECK's message has to name.
struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let mention: String
    let damage: @Sendable (TestNetwork, TestContainer, _ hostLink: String) throws -> Void

    init(
        _ name: String, _ mention: String,
        _ damage: @escaping @Sendable (TestNetwork, TestContainer, String) throws -> Void
    ) {
        testDescription = name
        self.mention = mention
        self.damage = damage
    }

    static let all = [
        Damage("IPv4 address", "10.1.0.2/24") { _, container, _ in
            try container.ip("address delete 10.1.0.2/24 dev eth0")
        },
        Damage("IPv6 address", "fd01::2/64") { _, container, _ in
            try container.ip("address delete fd01::2/64 dev eth0")
        },
        Damage("IPv4 route", "default") { _, container, _ in try container.ip("route delete default dev eth0")
        },
        Damage("IPv6 route", "via fd01::1") { _, container, _ in
            try container.ip("-6 route delete default dev eth0")
        },
        Damage("link down", "eth0") { _, container, _ in try container.ip("link set eth0 down") },
        Damage("MAC address", "address") { _, container, _ in
            try container.ip("link set eth0 address 02:00:00:00:00:09")
        },
        Damage("link gone", "eth0") { _, container, _ in try container.ip("link delete eth0") },
        Damage("no port of the bridge", "master br0") { try $0.ip("link set \($2) nomaster") },
        Damage("host link down", "up") { try $0.ip("link set \($2) down") },
        Damage("hairpin mode", "hairpin") {
            try $0.ip("link set dev \($2) type bridge_slave hairpin off")
        },
        Damage("bridge down", "br0") { network, _, _ in try network.ip("link set br0 down") },
        Damage("gateway", "10.1.0.1/24") { network, _, _ in
            try network.ip("address delete 10.1.0.1/24 dev br0")
        },
        Damage("bridge gone", "br0") { network, _, _ in try network.ip("link delete br0") },
        Damage("masquerading element", "10.1.0.2") { network, _, _ in
            try network.nft("delete element inet cni_masquerade pods4 { 10.1.0.2 }")
        },
        Damage("masquerading rules", "from-10.1.0.0/24") { network, _, _ in
            try network.nft("flush chain inet cni_masquerade from-10.1.0.0/24")
        },
        Damage("all of masquerading", "cni_masquerade") { network, _, _ in
            try network.nft("delete table inet cni_masquerade")
        },
        Damage("allowed MAC address", "allowed") { network, _, _ in
            try network.nft("flush set bridge cni_spoofcheck allowed")
        },
        Damage("guarded port", "ports") { network, _, _ in
            try network.nft("flush map bridge cni_spoofcheck ports")
        },
        Damage("forwarding", "ip_forward") { network, _, _ in
            _ = try network.run { Program.run(["/bin/sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward"]) }
        },
    ]
}

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"))
struct CheckTests {
    @Test(arguments: Damage.all)
    func `CHECK names what was damaged after ADD`(damage: Damage) throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge().with(["mtu": 1400, "hairpinMode": true])
        let result = try network.attach(container, configuration)
        #expect(try network.fault(of: container, configuration, result) == nil)
        let hostLink = try #require(result["interfaces"]?.array?[1]["name"]?.string)
        try damage.damage(network, container, hostLink)
        let fault = try #require(try network.fault(of: container, configuration, result))
        #expect(fault.contains(damage.mention), "\(fault)")
        // However damaged, it can be deleted.
        let error = try network.detach(container, configuration, result: result)
        #expect(error == nil)
    }

    @Test
    func `CHECK passes after a second container came and went`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let (first, second) = (try network.container(), try network.container())
        let configuration = network.bridge()
        let result = try network.attach(first, configuration)
        _ = try network.attach(second, configuration)
        #expect(try network.detach(second, configuration) == nil)
        #expect(try network.fault(of: first, configuration, result) == nil)
    }

    @Test
    func `CHECK fails when the lease is gone`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge()
        let result = try network.attach(container, configuration)
        let ipam = try network.call(HostLocalPlugin.self, .delete, configuration, for: container)
        try #require(ipam.status == 0)
        let fault = try #require(try network.fault(of: container, configuration, result))
        #expect(fault.contains("10.1.0.2"), "\(fault)")
    }
}
