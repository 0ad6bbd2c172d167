// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import DHCPClient
import DHCPPlugin
import LinuxCore
import TestSupport
import Testing

/// Leases over IPv6, alone and beside those of IPv4.
@Suite(.needsNamespaces, .needsProgram(Executables.path("cni-plugins")))
struct DHCPv6DaemonTests {
    private let host: LeasedHost
    private let server: TestServer6

    init() throws {
        host = try LeasedHost("-resendmax", "1s", "-timeout", "1s", "-resendtimeout", "8s")
        server = try TestServer6(on: host.network, bridge: "br0")
    }

    private func addresses(_ container: TestContainer) throws -> String {
        try container.ip("-6 -o address show dev eth0 scope global")
    }

    @Test func `an interface has a lease of each family, and DEL gives both back`() throws {
        defer { server.stop() }
        server.behave { $0.times = (2, 20, 3600) }
        let container = try host.network.container()
        let routes: JSON = [["dst": "fd07::/64"], ["dst": "::/0", "gw": "fd07::1"]]
        let configuration = host.configuration(["family": ["4", "6"], "routes": routes])
        let result = try host.network.attach(container, configuration)
        #expect(
            result["ips"]?.array?.map { $0["address"]?.string } == ["10.7.0.50/24", "fd07::50/128"],
            "\(result)")
        #expect(result["dns"]?["nameservers"]?.array?.map(\.string) == ["fd07::1"])
        #expect(try addresses(container).contains("fd07::50/128"))
        #expect(try container.ip("-6 route show default").contains("via fd07::1 dev eth0"))
        #expect(try host.leases.sorted() == ["lan:container1:eth0", "lan:container1:eth0:6"])
        try wait(for: "a renewal") { !server.messages(.renew).isEmpty }
        let whole = configuration.with(["prevResult": result])
        #expect(try host.network.call(Bridge.self, .check, whole, for: container).status == 0)
        #expect(try host.network.call(Bridge.self, .delete, whole, for: container).status == 0)
        try wait(for: "the releases") {
            !server.messages(.release).isEmpty && !host.server.messages(.release).isEmpty
        }
        #expect(try host.leases == [])
    }

    @Test func `a daemon that is killed goes on with leases of IPv6, and DEL without it forgets them`() throws
    {
        defer { server.stop() }
        server.behave { ($0.times, $0.isRapid) = ((2, 20, 3600), true) }
        let container = try host.network.container()
        let configuration = host.configuration(["family": ["6"]])
        let result = try host.network.attach(container, configuration)
        #expect(server.messages(.request).isEmpty && host.server.messages(.discover).isEmpty)
        host.kill()
        let before = server.messages(.renew).count
        try host.start()
        try wait(for: "a renewal") { server.messages(.renew).count > before }
        let whole = configuration.with(["prevResult": result])
        #expect(try host.network.call(Bridge.self, .check, whole, for: container).status == 0)
        host.kill()
        #expect(try host.network.call(Bridge.self, .delete, whole, for: container).status == 0)
        #expect(try host.leases == [])
    }

    @Test func `an address whose lease is unknown is taken away, and comes back with it`() throws {
        defer { server.stop() }
        server.behave { $0.times = (1, 20, 3600) }
        let container = try host.network.container()
        let routes: JSON = [["dst": "fd07::/64"], ["dst": "::/0", "gw": "fd07::1"]]
        let configuration = host.configuration(["family": ["6"], "routes": routes])
        let result = try host.network.attach(container, configuration)
        server.behave { $0.hasForgotten = true }
        try wait(for: "the refusal") { host.log.contains("fd07::50/128 is taken away") }
        #expect(host.log.contains("is refused: NoBinding"), "\(host.log)")
        server.behave { $0.hasForgotten = false }
        try wait(for: "the address") { try addresses(container).contains("fd07::50/128") }
        #expect(try container.ip("-6 route show default").contains("via fd07::1"), "routes stay meanwhile")
        let whole = configuration.with(["prevResult": result])
        #expect(try host.network.call(Bridge.self, .check, whole, for: container).status == 0)
    }

    @Test func `a family without a server refuses the ADD, and the other's lease is given back`() throws {
        defer { server.stop() }
        server.behave { $0.isSilent = true }
        let container = try host.network.container()
        let before = try container.snapshot()
        let configuration = host.configuration(["family": ["4", "6"]])
        let outcome = try host.network.call(Bridge.self, .add, configuration, for: container)
        #expect(outcome.output?["code"]?.int == 11, "\(outcome)")
        #expect(outcome.output?["details"]?.string?.contains("no answer has come") == true, "\(outcome)")
        try wait(for: "the release") { !host.server.messages(.release).isEmpty }
        #expect(try container.snapshot() == before)
        #expect(try host.leases == [])
    }

    @Test func `a server's nonsense over IPv6 is passed over`() throws {
        defer { server.stop() }
        server.behave { behaviour in
            behaviour.noise = { answer in
                var strange: [[UInt8]] = [[], [7], [UInt8](repeating: 0xff, count: 1400)]
                strange.append(Array(answer.dropLast(3)))
                strange.append(answer + [0, 3, 0xff, 0xff])
                for index in 0..<8 {
                    var other = answer
                    other[index] ^= 0x55
                    strange.append(other)
                }
                return strange
            }
        }
        let container = try host.network.container()
        let result = try host.network.attach(container, host.configuration(["family": ["6"]]))
        #expect(result["ips"]?.array?.map { $0["address"]?.string } == ["fd07::50/128"])
        #expect(host.isAlive)
    }

    @Test func `a container without IPv6 gets it, as with any address of IPv6`() throws {
        defer { server.stop() }
        let container = try host.network.container()
        try container.run {
            try File.write("1", into: "/proc/sys/net/ipv6/conf/default/disable_ipv6")
        }
        let result = try host.network.attach(container, host.configuration(["family": ["6"]]))
        #expect(result["ips"]?.array?.count == 1)
        #expect(try addresses(container).contains("fd07::50/128"))
    }

    @Test func `a lease of IPv6 that is lost on disk is missed by CHECK`() throws {
        defer { server.stop() }
        let container = try host.network.container()
        let configuration = host.configuration(["family": ["4", "6"]])
        let result = try host.network.attach(container, configuration)
        host.kill()
        _ = try File.remove("\(host.socket).leases/lan:container1:eth0:6")
        try host.start()
        let whole = configuration.with(["prevResult": result])
        let outcome = try host.network.call(Bridge.self, .check, whole, for: container)
        #expect(outcome.output?["code"]?.int == 113, "\(outcome)")
        #expect(outcome.output?["msg"]?.string?.contains("no lease of IPv6") == true, "\(outcome)")
    }
}
