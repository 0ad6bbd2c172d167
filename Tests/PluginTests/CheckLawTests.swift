// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import TestSupport
import Testing

/// What a later plugin of the chain, or another network, may do to an attachment.
private enum LaterChange: CaseIterable {
    case mtu, mac, queue, promiscuity, setting, tables, secondNetwork

    /// Does it, and returns the result that the runtime has from then on.
    func make(in container: TestContainer, _ network: TestNetwork, _ result: JSON) throws -> JSON {
        switch self {
        case .mtu: try container.ip("link set eth0 mtu 1380")
        case .queue: try container.ip("link set eth0 txqueuelen 77")
        case .promiscuity: try container.ip("link set eth0 promisc on allmulticast on")
        case .mac:
            // The tuning plugin takes the routes along, and tells the new address in the result.
            let routes = try [false, true].map { isIPv6 in
                try container.ip("\(isIPv6 ? "-6 " : "")route show default").split(separator: "\n").map(
                    String.init)
            }
            try container.ip("link set eth0 address 02:00:00:00:00:77")
            for (isIPv6, lines) in zip([false, true], routes) {
                let now = try container.ip("\(isIPv6 ? "-6 " : "")route show default")
                for line in lines where !now.contains(line) {
                    try container.ip("\(isIPv6 ? "-6 " : "")route append \(line)")
                }
            }
            var interfaces = result["interfaces"]?.array ?? []
            for index in interfaces.indices where interfaces[index]["name"]?.string == "eth0" {
                interfaces[index] = interfaces[index].with(["mac": "02:00:00:00:00:77"])
            }
            return result.with(["interfaces": .array(interfaces)])
        case .setting:
            let script =
                "echo 2 > /proc/sys/net/ipv4/conf/eth0/rp_filter; echo 0 > /proc/sys/net/ipv4/conf/eth0/arp_notify"
            _ = try container.run { Program.run(["/bin/sh", "-c", script]) }
        case .tables:
            // As sbr: the routes of the interface are in a table of its own, found by the source address.
            for family in ["-4", "-6"] {
                for line in try container.ip("\(family) route show dev eth0").split(separator: "\n")
                where !line.contains("fe80") && line.contains("via") {
                    let words = line.replacing(" pref medium", with: "").replacing(" metric 1024", with: "")
                    try container.ip("\(family) route add \(words) dev eth0 table 100")
                    try container.ip("\(family) route delete \(words) dev eth0")
                }
            }
            try container.ip("rule add from 10.1.0.2 lookup 100")
        case .secondNetwork:
            let other = network.bridge(name: "second", subnets: ["10.2.0.0/24", "fd02::/64"]).with([
                "bridge": "br1"
            ])
            _ = try network.attach(container, other, interface: "net1")
        }
        return result
    }
}

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"))
struct CheckLawTests {
    private static let rounds = 24

    /// A configuration that an operator might have.
    private func configuration(_ network: TestNetwork, _ random: inout Seeded) -> JSON {
        let subnets = [
            ["10.1.0.0/24", "fd01::/64"], ["10.1.0.0/24"], ["fd01::/64"], ["10.1.0.0/24", "10.3.0.0/24"],
        ]
        let chosen = subnets.randomElement(using: &random) ?? []
        var members: [String: JSON?] = [:]
        for key in ["ipMasq", "macspoofchk", "hairpinMode", "enabledad", "portIsolation", "isDefaultGateway"]
        {
            members[key] = .bool(Bool.random(using: &random))
        }
        if Bool.random(using: &random) { members["mtu"] = 1400 }
        if Bool.random(using: &random) { members["ipam"] = network.hostLocal(chosen).with(["routes": nil]) }
        return network.bridge(subnets: chosen).with(members)
    }

    @Test func `CHECK succeeds after ADD, and after whatever later plugins may do`() throws {
        var random = Seeded()
        for _ in 0..<Self.rounds {
            let network = try TestNetwork(siblings: .ipam)
            let container = try network.container()
            let configuration = configuration(network, &random)
            var result = try network.attach(container, configuration)
            let fault = try network.fault(of: container, configuration, result)
            #expect(fault == nil, "TEST_SEED=\(Seeded.seed) \(configuration)")
            var done: [LaterChange] = []
            for change in LaterChange.allCases.shuffled(using: &random) where Bool.random(using: &random) {
                // A spoof check keeps a container to the address that it had first.
                if change == .mac, configuration["macspoofchk"]?.bool == true { continue }
                result = try change.make(in: container, network, result)
                done.append(change)
                let fault = try network.fault(of: container, configuration, result)
                #expect(fault == nil, "TEST_SEED=\(Seeded.seed) after \(done): \(configuration)")
            }
            #expect(try network.detach(container, configuration, result: result) == nil)
            #expect(try !network.rest().contains("net/\(container.id)/eth0"))
        }
    }

    @Test func `two addresses by one gateway, and two ranges of one family with one default route`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let ipam: JSON = [
            "type": "static", "addresses": [["address": "10.1.0.2/16"], ["address": "10.1.0.3/16"]],
        ]
        let configuration = network.bridge().with(["ipam": ipam, "isDefaultGateway": true])
        let result = try network.attach(container, configuration)
        #expect(result["routes"]?.array?.count == 1)
        #expect(try container.ip("route show default").split(separator: "\n").count == 1)
        #expect(try network.fault(of: container, configuration, result) == nil)
        #expect(try network.detach(container, configuration, result: result) == nil)
    }

    @Test func `of two networks the later one's default route is in use`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let second = network.bridge(name: "second", subnets: ["10.2.0.0/24"]).with(["bridge": "br1"])
        _ = try network.attach(container, network.bridge(subnets: ["10.1.0.0/24"]))
        _ = try network.attach(container, second, interface: "net1")
        #expect(try container.ip("route get 192.0.2.1").contains("via 10.2.0.1 dev net1"))
    }

    @Test func `a bridge of others' keeps its MAC address while containers come and go`() throws {
        let network = try TestNetwork(siblings: .ipam)
        try network.ip("link add br0 type bridge")
        let configuration = network.bridge()
        let first = try network.container()
        _ = try network.attach(first, configuration)
        let mac = try network.ip("link show br0").split(separator: "link/ether ").last?.prefix(17)
        for _ in 1...6 {
            let other = try network.container()
            _ = try network.attach(other, configuration)
            #expect(try network.ip("link show br0").contains(mac ?? "none"))
            #expect(try network.detach(other, configuration) == nil)
        }
        #expect(try network.detach(first, configuration) == nil)
        #expect(try network.ip("link show br0").contains(mac ?? "none"))
    }

    @Test(.needsProgram("/usr/bin/ping")) func `an IPv6 gateway answers at once`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        _ = try network.attach(container, network.bridge(subnets: ["fd01::/64"]))
        // Neither its address nor the one that answers for it is looked for on the link first.
        #expect(try !network.ip("-6 address show dev br0").contains("tentative"))
        #expect(try container.canPing("fd01::1"))
    }
}
