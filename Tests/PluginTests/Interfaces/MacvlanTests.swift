// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import TestSupport
import Testing

@Suite(
    .needsNamespaces, .needsKind("macvlan"), .needsProgram("/usr/bin/ping"), .needsProgram("/usr/sbin/ip"))
struct MacvlanTests {
    private func state(_ world: InterfaceWorld) throws -> String {
        try world.container.ip("-d link show eth0")
    }

    @Test
    func `containers reach a machine outside and, in mode bridge, each other, over both families at once`()
        throws
    {
        let world = try InterfaceWorld(.macvlan)
        try world.addGatewayOutside()
        let second = try world.network.container("two")
        _ = try world.attach()
        _ = try world.attach(second)
        for address in ["fd01::1", "10.1.0.1", "fd01::3", "10.1.0.3"] {
            #expect(try world.container.canPing(address), "\(address)")
        }
        #expect(try world.outside.canPing("10.1.0.2"))
    }

    @Test func `in mode private containers do not reach each other`() throws {
        let world = try InterfaceWorld(.macvlan, ["mode": "private"])
        try world.addGatewayOutside()
        let second = try world.network.container("two")
        _ = try world.attach()
        _ = try world.attach(second)
        #expect(try world.container.canPing("10.1.0.1"))
        #expect(try world.container.isSilent("10.1.0.3"))
    }

    @Test(arguments: ["bridge", "private", "vepa", "passthru"])
    func `each mode is the kernel's, and CHECK knows it`(mode: String) throws {
        let world = try InterfaceWorld(.macvlan, ["mode": .string(mode)])
        let before = try world.snapshot()
        let result = try world.attach()
        #expect(try state(world).contains("mode \(mode)"))
        #expect(try world.fault(result) == "")
        if mode == "passthru" {
            #expect(result["interfaces"]?.array?[0]["mac"]?.string == "02:00:00:00:00:10")
        }
        #expect(try world.detach(result) == nil)
        #expect(try difference(before, world.snapshot()) == "")
    }

    @Test(arguments: [true, false])
    func `in mode passthru the master gets the MAC address that is asked for, and its own back`(
        isOfRuntime: Bool
    ) throws {
        let mac = "02:00:00:00:00:11"
        let world = try InterfaceWorld(
            .macvlan, ["mode": "passthru", "mac": isOfRuntime ? nil : .string(mac)])
        let before = try world.snapshot()
        let result = try world.attach(variables: isOfRuntime ? ["CNI_ARGS": "MAC=\(mac)"] : [:])
        #expect(result["interfaces"]?.array?[0]["mac"]?.string == mac)
        #expect(try world.network.ip("link show up0").contains(mac))
        #expect(try world.fault(result) == "")
        #expect(try world.detach(isOfRuntime ? nil : result) == nil)
        #expect(try difference(before, world.snapshot()) == "")
    }

    @Test func `a second container on a master in mode passthru is refused, and the first stays`() throws {
        let world = try InterfaceWorld(.macvlan, ["mode": "passthru"])
        let result = try world.attach()
        let second = try world.network.container("two")
        let before = try world.snapshot()
        #expect(try world.call(.add, for: second).status == 1)
        #expect(try difference(before, world.snapshot()) == "")
        #expect(try world.fault(result) == "")
    }

    @Test func `without a master it is the default route's link, IPv4 first and the lowest metric`() throws {
        let world = try InterfaceWorld(.macvlan, ["master": nil])
        try world.network.ip("link add down0 type veth peer name down1")
        try world.network.ip("link set down0 up")
        try world.network.ip("-6 route add default dev down0 metric 1")
        try world.network.ip("address add 10.1.0.9/24 dev up0")
        try world.network.ip("route add default dev others0 metric 50")
        try world.network.ip("route add default via 10.1.0.1 dev up0 metric 20")
        try world.addGatewayOutside()
        let result = try world.attach()
        #expect(try world.container.canPing("10.1.0.1"))
        // Neither CHECK nor DEL needs to find it again.
        try world.network.ip("route delete default dev up0")
        try world.network.ip("route delete default dev others0")
        try world.network.ip("-6 route delete default")
        #expect(try world.fault(result) == "")
        #expect(try world.detach(result) == nil)
    }

    @Test func `a master that is not there is named, before an address is leased, and STATUS says so`() throws
    {
        for master in ["nope0", nil] as [String?] {
            let world = try InterfaceWorld(.macvlan, ["master": master.map { .string($0) }])
            let before = try world.snapshot()
            let outcome = try world.call(.add)
            #expect(outcome.output?["code"]?.int == 7)
            #expect(outcome.output?["msg"]?.string?.contains(master ?? "default route") == true, "\(outcome)")
            #expect(try difference(before, world.snapshot()) == "")
            #expect(try world.detach() == nil)
            if master != nil { #expect(try world.call(.status).output?["code"]?.int == 51) }
        }
        #expect(try InterfaceWorld(.macvlan).call(.status).status == 0)
    }

    @Test(arguments: [1500: false, 1300: true, 0: true])
    func `an MTU is at most the master's, and without one it is that`(mtu: Int, isTaken: Bool) throws {
        let world = try InterfaceWorld(.macvlan, ["mtu": .integer(Int64(mtu))])
        try world.network.ip("link set up0 mtu 1450")
        let outcome = try world.call(.add)
        #expect((outcome.status == 0) == isTaken)
        if !isTaken { #expect(outcome.output?["msg"]?.string?.contains("mtu") == true, "\(outcome)") }
        if isTaken { #expect(try state(world).contains("mtu \(mtu == 0 ? 1450 : mtu)")) }
        try world.network.ip("link set up0 mtu 1280")
        #expect(try world.detach() == nil)
    }

    @Test(
        arguments: [
            (
                ["runtimeConfig": ["mac": "02:00:00:00:00:11"], "mac": "02:00:00:00:00:13"],
                "MAC=02:00:00:00:00:12", "11"
            ),
            (["mac": "02:00:00:00:00:13"], "MAC=02:00:00:00:00:12", "12"),
            (["mac": "02:00:00:00:00:13"], "K8S_POD_NAME=web", "13"),
        ] as [([String: JSON?], String, String)])
    func `the MAC address is the runtime's, that of CNI_ARGS, the configuration's`(
        members: [String: JSON?], arguments: String, last: String
    ) throws {
        let world = try InterfaceWorld(.macvlan, members)
        let result = try world.attach(variables: ["CNI_ARGS": "IgnoreUnknown=1;\(arguments)"])
        #expect(result["interfaces"]?.array?[0]["mac"]?.string == "02:00:00:00:00:\(last)")
        #expect(try state(world).contains("02:00:00:00:00:\(last)"))
    }

    @Test(
        arguments: [
            ["mode": "bridged"], ["mac": "01:00:00:00:00:01"], ["mac": "02:00"], ["mtu": -1],
            ["bcqueuelen": -1],
            ["master": "a/b"], ["master": "up%d"], ["linkInContainer": "yes"],
        ] as [[String: JSON?]])
    func `what an ADD cannot take is refused with its key, and nothing is changed`(members: [String: JSON?])
        throws
    {
        try InterfaceWorld(.macvlan, members).expectRefusal(naming: members.keys)
    }

    @Test func `a master in the container is one of the container's`() throws {
        let world = try InterfaceWorld(.macvlan, ["master": "in0", "linkInContainer": true, "mtu": nil])
        try world.container.ip("link add in0 type veth peer name in1")
        try world.container.ip("link set in0 up")
        try world.container.ip("link set in1 up")
        try world.container.ip("address add 10.1.0.1/24 dev in1")
        let before = try world.container.snapshot()
        #expect(try world.call(.status).status == 0)
        let result = try world.attach()
        #expect(try state(world).contains("eth0@in0"))
        #expect(try world.fault(result) == "")
        #expect(try world.detach(result) == nil)
        #expect(try difference(before, world.container.snapshot()) == "")
    }

    @Test func `CHECK sees that the link rests on another one than the configuration's`() throws {
        let world = try InterfaceWorld(.macvlan)
        let result = try world.attach()
        try world.network.ip("link set up0 name up7")
        try world.network.ip("link add up0 type veth peer name other0")
        #expect(try world.fault(result).contains("rests on another link than up0"))
    }

    @Test func `without ipam it is a link that is up`() throws {
        let world = try InterfaceWorld(.macvlan, ["ipam": nil, "bcqueuelen": 2000])
        let result = try world.attach()
        #expect(try state(world).contains(",UP"))
        #expect(try state(world).contains("bcqueuelen 2000"))
        #expect(try world.fault(result) == "")
        #expect(try world.detach(result) == nil)
    }
}
