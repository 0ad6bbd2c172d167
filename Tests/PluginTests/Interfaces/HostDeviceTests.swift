// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import HostDevicePlugin
import Netlink
import TestSupport
import Testing

@Suite(.needsNamespaces, .needsProgram("/usr/bin/ping"), .needsProgram("/usr/sbin/ip"))
struct HostDeviceTests {
    @Test func `the container is where the link leads, and the host is not any more`() throws {
        let world = try InterfaceWorld(.hostDevice)
        try world.addGatewayOutside()
        let result = try world.attach()
        for address in ["fd01::1", "10.1.0.1"] { #expect(try world.container.canPing(address), "\(address)") }
        #expect(try !world.network.ip("link show").contains("up0"))
        #expect(result["interfaces"]?.array?[0]["mac"]?.string == "02:00:00:00:00:10")
    }

    @Test(arguments: [true, false])
    func `the link comes back with its name, alias, MTU and state`(isUp: Bool) throws {
        let world = try InterfaceWorld(.hostDevice)
        try world.network.ip("link set up0 alias spare mtu 1450")
        if !isUp { try world.network.ip("link set up0 down") }
        let before = try world.snapshot()
        let result = try world.attach()
        try world.container.ip("link set eth0 mtu 1300")
        #expect(try world.detach(result) == nil)
        #expect(try difference(before, world.snapshot()) == "")
        #expect(try world.attach()["interfaces"]?.array?[0]["name"]?.string == "eth0", "it can be lent again")
    }

    @Test(arguments: [true, false])
    func `a link that the kernel has sent home gets its name and its settings back, by DEL and by GC`(
        byGC: Bool
    )
        throws
    {
        let world = try InterfaceWorld(.hostDevice)
        try world.network.ip("link set up0 alias spare mtu 1450")
        let before = try world.hostSnapshot()
        let result = try world.attach()
        // What default_device_exit_net() does with hardware when a namespace ends.
        try world.sendHome("eth0")
        world.container.close()
        #expect(try world.network.ip("link show eth0").contains("alias net/one/eth0"))
        if byGC {
            let failure = try world.collect()
            #expect(failure == nil)
        } else {
            #expect(try world.detach(result) == nil)
            #expect(try world.detach(result) == nil, "again")
        }
        #expect(try difference(before, world.hostSnapshot()) == "")
    }

    @Test func `what is unplugged is no failure of DEL, and its lease is given back`() throws {
        let world = try InterfaceWorld(.hostDevice)
        let result = try world.attach()
        try world.outside.ip("link delete up1")
        #expect(try world.detach(result) == nil)
        let left = try world.snapshot()
        #expect(!left.contains("net/one/eth0") && !left.contains("net/10.1.0.2"))
    }

    @Test func `a link that another container has is refused, and stays there`() throws {
        let world = try InterfaceWorld(.hostDevice)
        let result = try world.attach()
        let second = try world.network.container("two")
        #expect(try world.call(.add, for: second).output?["msg"]?.string?.contains("up0") == true)
        #expect(try world.detach(for: second) == nil)
        #expect(try world.fault(result) == "")
    }

    @Test func `a link is found by its MAC address, in capitals too`() throws {
        let world = try InterfaceWorld(.hostDevice, ["device": nil, "hwaddr": "02:00:00:00:00:0A"])
        try world.network.ip("link set up0 address 02:00:00:00:00:0a")
        let before = try world.snapshot()
        let result = try world.attach()
        #expect(try world.fault(result) == "")
        #expect(try world.detach() == nil)
        #expect(try difference(before, world.snapshot()) == "")
    }

    @Test(
        arguments: [
            ["device": nil], ["device": nil, "hwaddr": "02:00:00:00:00:cc"],
            ["device": nil, "hwaddr": "nonsense"],
            ["device": "nope0"], ["device": "lo"], ["device": nil, "kernelpath": "/sys/devices/nope"],
            ["device": nil, "kernelpath": "/sys/devices/../class/net/up0"],
            ["device": nil, "kernelpath": "/etc"],
            ["device": nil, "pciBusID": "0000:ff:1f.7"], ["device": nil, "pciBusID": "../../../etc"],
            ["device": nil, "runtimeConfig": ["deviceID": "0000:ff:1f.7"]],
        ] as [[String: JSON?]])
    func `what is no link of the host's is refused, and nothing is changed`(members: [String: JSON?]) throws {
        let world = try InterfaceWorld(.hostDevice, members)
        let before = try world.snapshot()
        let outcome = try world.call(.add)
        #expect(outcome.output?["code"]?.int == 7, "\(outcome)")
        #expect(try difference(before, world.snapshot()) == "")
        #expect(try world.detach() == nil)
        #expect(try difference(before, world.snapshot()) == "")
    }

    @Test func `the host's only way out is not lent`() throws {
        let world = try InterfaceWorld(.hostDevice)
        try world.network.ip("address add 192.0.2.1/24 dev up0")
        try world.network.ip("route add default via 192.0.2.2")
        let before = try world.snapshot()
        #expect(try world.call(.add).output?["msg"]?.string?.contains("only IPv4 default route") == true)
        #expect(try difference(before, world.snapshot()) == "")
    }
}

extension InterfaceWorld {
    /// Moves a link of the container's to the host, down and under the name that it has.
    fileprivate func sendHome(_ name: String) throws {
        let container = try RoutingSocket(in: container.namespace())
        let index = try #require(try container.link(.name(name))).index
        try container.perform {
            $0.setLink(.name(name), LinkAttributes(isUp: false))
            $0.moveLink(index, named: name, to: network.host)
        }
    }
}
