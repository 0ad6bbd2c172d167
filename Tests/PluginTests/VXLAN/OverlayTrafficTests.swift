// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Glibc
import LinuxCore
import Netlink
import NetworkState
import TestSupport
import Testing
import VXLANOverlay
import VXLANPlugin

/// The seconds since 1970.
enum Clock {
    static var now: Int { time(nil) }
}

/// Packets between containers on different nodes.
@Suite(
    .needsNamespaces, .needsVXLAN, .needsProgram("/usr/bin/ping"), .needsProgram("/usr/sbin/ip"),
    .serialized)
struct OverlayTrafficTests {
    @Test(arguments: Families.allCases, ["vxlan", "direct", "host-gw"])
    func `containers on all nodes reach each other with their own addresses`(
        families: Families, backend: String
    ) throws {
        let settings: JSON =
            switch backend {
            case "direct": ["Type": "vxlan", "DirectRouting": true]
            default: ["Type": .string(backend)]
            }
        let world = try OverlayWorld(families, backend: settings)
        let pods = try world.populate()
        for (index, pod) in pods.enumerated() {
            let others = pods.indices.filter { $0 != index }.flatMap { pods[$0].addresses }
            #expect(others.count == (families == .both ? 4 : 2))
            try pod.container.admitPings(onlyFrom: others)
        }
        for pod in pods {
            for other in pods where other.container !== pod.container {
                for address in other.addresses {
                    let ping = try pod.container.ping(address)
                    #expect(ping.status == 0, "\(pod.container.id) to \(address)\n\(ping.output)")
                }
            }
        }
    }

    @Test func `a ping from another address than admitted is not answered`() throws {
        let pods = try OverlayWorld(.both).populate()
        try pods[0].container.admitPings(onlyFrom: pods[1].addresses)
        for address in pods[0].addresses {
            let ping = try pods[1].container.ping(address)
            #expect(ping.status == 0, "\(ping.output)")
            #expect(try pods[2].container.isSilent("\(address)"))
        }
    }

    @Test func `a node reaches the containers of other nodes from its device's address`() throws {
        let world = try OverlayWorld(.both)
        let pods = try world.populate()
        for address in pods[1].addresses {
            let outcome = try world.nodes[0].network.run {
                Program.run(["/usr/bin/ping", "-n", "-c", "1", "-w", "90", "\(address)"])
            }
            #expect(outcome.status == 0, "\(address)\n\(outcome.output)")
        }
    }

    @Test func `what leaves the cluster has the node's address`() throws {
        let world = try OverlayWorld(.both)
        let pods = try world.populate()
        // The switch is outside of the cluster, and knows no way back to its containers.
        try world.wire.ip("address add 192.168.77.254/24 dev br0")
        try world.wire.ip("address add fd77::fe/64 dev br0 nodad")
        for address in ["192.168.77.254", "fd77::fe"] {
            #expect(try pods[0].container.canPing(address), "\(address)")
        }
        var silent = world.nodes[1].overlay
        silent.masquerades = false
        _ = try world.nodes[1].network.run {
            try NetworkSession(container: nil).converge(to: silent.desiredState(peers: world.leases).state)
        }
        #expect(try pods[1].container.isSilent("192.168.77.254"))
    }

    @Test(arguments: [Families.v4, .v6], [UInt32(1500), 9000])
    func `a packet of the MTU gets through whole, and a larger one is refused at once`(
        families: Families, underlayMTU: UInt32
    ) throws {
        let world = try OverlayWorld(families, underlayMTU: underlayMTU, count: 2)
        let pods = try world.populate()
        let target = try #require(pods[1].addresses.first)
        // What is left of the interface's without the tunnel's headers, and of that without IP's and ICMP's.
        let mtu = Int(underlayMTU) - (families == .v4 ? 50 : 70)
        let payload = mtu - (families == .v4 ? 28 : 48)
        #expect(world.nodes[0].overlay.mtu == UInt32(mtu))
        #expect(try pods[0].container.canPing(target, payload: payload))
        #expect(try pods[0].container.canPing(target, payload: payload + 1, limit: 3) == false)
        for node in world.nodes { #expect(try node.network.fragments() == 0) }
    }
}

extension TestNetwork {
    /// How many fragments the host has made of packets.
    fileprivate func fragments() throws -> Int {
        try run {
            let v4 = String(decoding: try File.read("/proc/thread-self/net/snmp"), as: UTF8.self)
            let v6 = String(decoding: try File.read("/proc/thread-self/net/snmp6"), as: UTF8.self)
            let lines = v4.split(separator: "\n").filter { $0.hasPrefix("Ip: ") }.map {
                $0.split(separator: " ")
            }
            let column = lines[0].firstIndex(of: "FragCreates")
            let created = try #require(column.flatMap { Int(lines[1][$0]) })
            let words = v6.split { $0 == "\n" || $0 == " " || $0 == "\t" }
            let place = try #require(words.firstIndex(of: "Ip6FragCreates"))
            return created + (try #require(Int(words[place + 1])))
        }
    }
}
