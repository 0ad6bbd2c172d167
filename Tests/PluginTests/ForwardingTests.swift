// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Glibc
import Netlink
import NetworkState
import TestSupport
import Testing

/// Hosts that are configured by router advertisements and begin to forward, with a real kernel.
@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/sysctl"))
struct ForwardingTests {
    private let host: TestNetwork
    private let router: TestNetwork

    init() throws {
        let host = try TestNetwork()
        router = try TestNetwork()
        self.host = host
        try RoutingSocket(in: router.host).perform {
            $0.addLink("r0", .veth(Veth(peer: Veth.Peer(name: "up0", in: host.host))))
        }
        try set("all/forwarding", 0)
        try set("up0/accept_ra", 1)
        // Its link-local address shall be of use at once.
        try router.run { _ = Program.run(["/usr/sbin/sysctl", "-qw", "net.ipv6.conf.r0.accept_dad=0"]) }
        try router.ip("link set r0 up")
        try host.ip("link set up0 up")
    }

    private func set(_ name: String, _ value: Int) throws {
        try host.run {
            let path = name.split(separator: "/").joined(separator: ".")
            let outcome = Program.run(["/usr/sbin/sysctl", "-qw", "net.ipv6.conf.\(path)=\(value)"])
            try #require(outcome.status == 0, "\(outcome.output)")
        }
    }

    private func setting(_ name: String) throws -> String {
        try host.run {
            Program.run(["/usr/sbin/sysctl", "-n", "net.ipv6.conf.\(name)"]).output.filter { $0 != "\n" }
        }
    }

    /// Advertises 2001:db8:NUMBER::/64 until the host has an address of it, for a minute and a half at most.
    private func advertise(_ number: UInt8) throws -> Bool {
        let network = [0x20, 0x01, 0x0d, 0xb8, 0, number] + [UInt8](repeating: 0, count: 10)
        for _ in 0..<900 {
            try router.run {
                let index = try #require(try RoutingSocket().link(.name("r0"))).index
                // Not before the router has an address to send from.
                try? RouterAdvertisement.send(on: index, network: network)
            }
            usleep(100_000)
            if try host.ip("-6 address show dev up0").contains("2001:db8:\(number):") { return true }
        }
        return false
    }

    private func hasDefaultRoute() throws -> Bool {
        try host.ip("-6 route show default").contains("dev up0")
    }

    private func forward(_ families: [IPAddress.Family] = [.v4, .v6]) throws -> [Change] {
        try host.run {
            let session = NetworkSession(container: nil)
            let links = try session.advertisedLinks(in: .host)
            var state = NetworkState(owner: "test")
            state.add(settings: Forwarding.settings(for: families, among: links), in: .host, for: .host)
            return try session.converge(to: state)
        }
    }

    @Test func `a host keeps its default route when it begins to forward, and takes new advertisements`()
        throws
    {
        try #require(try advertise(1))
        #expect(try hasDefaultRoute())
        #expect(
            try forward().contains {
                $0.description.contains("set sysctl net/ipv6/conf/up0/accept_ra=2")
            })
        #expect(try setting("all.forwarding") == "1" && setting("up0.accept_ra") == "2")
        #expect(try hasDefaultRoute())
        #expect(try advertise(2))
        #expect(try forward().isEmpty)
    }

    @Test func `without what is provided for them the kernel forgets advertised routes`() throws {
        try #require(try advertise(1))
        try set("all/forwarding", 1)
        #expect(try !hasDefaultRoute())
    }

    @Test func `a link that takes no advertisements, or that none came through, is left alone`() throws {
        try host.ip("link add br9 type bridge")
        #expect(try setting("br9.accept_ra") == "1")
        #expect(try forward().allSatisfy { !$0.description.contains("accept_ra") })
        #expect(try setting("br9.accept_ra") == "1" && setting("up0.accept_ra") == "1")
        #expect(try setting("all.forwarding") == "1")
    }

    @Test func `a host that forwards already is not looked through`() throws {
        try #require(try advertise(1))
        try set("up0/accept_ra", 2)
        try set("all/forwarding", 1)
        let links = try host.run { try NetworkSession(container: nil).advertisedLinks(in: .host) }
        #expect(links == [])
        try set("all/forwarding", 0)
        let found = try host.run { try NetworkSession(container: nil).advertisedLinks(in: .host) }
        #expect(found.map(\.name) == ["up0"] && found[0].acceptance == 2 && found[0].hasAdvertisedRoute)
    }

    @Test func `an uplink that forwards for itself is no host's any more`() throws {
        try #require(try advertise(1))
        try set("up0/accept_ra", 2)
        try set("up0/forwarding", 1)
        try set("up0/accept_ra", 1)
        #expect(try forward().allSatisfy { !$0.description.contains("accept_ra") })
    }
}
