// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import PTPPlugin
import TestSupport
import Testing

@Suite struct PTPDescriptionTests {
    private func refusal(_ members: [String: JSON?]) -> String {
        let configuration =
            (["cniVersion": "1.1.0", "name": "n", "type": "ptp", "ipam": ["type": "host-local"]] as JSON)
            .with(members)
        do {
            let network = try NetworkConfiguration(parsing: Array(configuration.serialized().utf8))
            try PTP().validate(PTP.configuration(from: network.raw), network)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(
        arguments: [
            (["ipam": nil], "ipam"), (["ipMasqBackend": "pf"], "ipMasqBackend"), (["mtu": -1], "mtu"),
            (["mtu": "big"], "mtu"), (["ipMasq": "yes"], "ipMasq"),
            (["runtimeConfig": ["mac": "01:00:00:00:00:01"]], "mac"),
            (["runtimeConfig": ["mac": "nonsense"]], "mac"),
        ] as [([String: JSON?], String)])
    func `what an ADD cannot take is refused with its key`(members: [String: JSON?], key: String) {
        #expect(refusal(members).contains(key), "\(refusal(members))")
    }

    @Test(arguments: [["ipMasqBackend": "iptables"], ["mtu": 0], ["IPMASQ": true], [:]] as [[String: JSON?]])
    func `what the Go plugin takes is taken`(members: [String: JSON?]) {
        #expect(refusal(members) == "")
    }
}

@Suite(.needsNamespaces, .needsProgram("/usr/bin/ping"), .needsProgram("/usr/sbin/ip"))
struct PTPTests {
    @Test
    func `containers reach the host, each other and, masqueraded, the outside, over both families at once`()
        throws
    {
        let world = try InterfaceWorld(.ptp)
        try world.network.ip("address add 192.0.2.1/24 dev up0")
        try world.network.ip("-6 address add 2001:db8::1/64 dev up0 nodad")
        try world.outside.ip("address add 192.0.2.2/24 dev up1")
        try world.outside.ip("-6 address add 2001:db8::2/64 dev up1 nodad")
        let second = try world.network.container("two")
        _ = try world.attach()
        _ = try world.attach(second)
        // The world outside has no route back: what it answers was masqueraded.
        for address in ["fd01::1", "10.1.0.1", "2001:db8::2", "192.0.2.2", "fd01::3", "10.1.0.3"] {
            #expect(try world.container.canPing(address), "\(address)")
        }
        #expect(try second.canPing("fd01::2"))
        #expect(try world.container.ip("link show eth0").contains("mtu 1400"))
        #expect(try world.network.ip("link show \(world.hostLink())").contains("mtu 1400"))
    }

    @Test func `the container's own network goes by the gateway, and the host has a route to each address`()
        throws
    {
        let world = try InterfaceWorld(.ptp)
        _ = try world.attach()
        let routes = try world.container.ip("route show dev eth0")
        #expect(routes.contains("10.1.0.0/24 via 10.1.0.1"), "\(routes)")
        #expect(routes.contains("10.1.0.1 scope link"), "\(routes)")
        #expect(!routes.contains("10.1.0.0/24 proto kernel"), "\(routes)")
        let host = try world.hostLink()
        #expect(try world.network.ip("route show dev \(host)").contains("10.1.0.2 "))
        #expect(try world.network.ip("-6 route show dev \(host)").contains("fd01::2 "))
        #expect(try world.network.ip("address show dev \(host)").contains("10.1.0.1/32"))
    }

    @Test func `two containers share a gateway's address, and the first's DEL leaves the second's`() throws {
        let world = try InterfaceWorld(.ptp)
        let second = try world.network.container("two")
        let results = (try world.attach(), try world.attach(second))
        #expect(try world.detach(results.0) == nil)
        #expect(try world.fault(results.1, for: second) == "")
        #expect(try second.canPing("10.1.0.1"))
    }

    @Test(arguments: ["10.1.0.5/32", "10.1.0.1/24"])
    func `an address whose network has no room for a gateway is refused if nobody names one`(address: String)
        throws
    {
        let addresses: JSON = [["address": .string(address)]]
        let world = try InterfaceWorld(.ptp, ["ipam": ["type": "static", "addresses": addresses]])
        let before = try world.snapshot()
        let outcome = try world.call(.add)
        #expect(outcome.output?["msg"]?.string?.contains("no gateway for \(address)") == true, "\(outcome)")
        #expect(try difference(before, world.snapshot()) == "")
        let named: JSON = [["address": .string(address), "gateway": "10.1.0.9"]]
        let other = try InterfaceWorld(.ptp, ["ipam": ["type": "static", "addresses": named]])
        let result = try other.attach()
        #expect(try other.fault(result) == "")
        #expect(try other.container.canPing("10.1.0.9"))
    }

    @Test func `a link-local gateway is the link's only one`() throws {
        let addresses: JSON = [["address": "fd01::5/128", "gateway": "fe80::9"]]
        let world = try InterfaceWorld(.ptp, ["ipam": ["type": "static", "addresses": addresses]])
        let result = try world.attach()
        #expect(try world.fault(result) == "")
        #expect(try world.container.canPing("fe80::9%eth0"))
    }

    @Test func `the runtime's MAC address comes before that of CNI_ARGS`() throws {
        let world = try InterfaceWorld(.ptp, ["runtimeConfig": ["mac": "02:00:00:00:00:11"]])
        let result = try world.attach(variables: ["CNI_ARGS": "IgnoreUnknown=1;MAC=02:00:00:00:00:12"])
        #expect(result["interfaces"]?.array?.last?["mac"]?.string == "02:00:00:00:00:11")
        #expect(try world.detach(result) == nil)
    }
}
