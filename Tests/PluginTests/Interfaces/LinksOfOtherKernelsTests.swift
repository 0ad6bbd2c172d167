// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import TestSupport
import Testing

@Suite(
    .needsNamespaces, .needsKind("ipvlan"), .needsProgram("/usr/bin/ping"), .needsProgram("/usr/sbin/ip"))
struct IPVLANTests {
    @Test(arguments: [
        ("l2", "bridge"), ("l2", "private"), ("l2", "vepa"), ("l3", "bridge"), ("l3s", "bridge"),
    ])
    func `each mode and flag is the kernel's, and CHECK knows it`(mode: String, flag: String) throws {
        let world = try InterfaceWorld(.ipvlan, ["mode": .string(mode), "flag": .string(flag)])
        let before = try world.snapshot()
        let result = try world.attach()
        let link = try world.container.ip("-d link show eth0")
        #expect(link.contains("mode \(mode) \(flag)"), "\(link)")
        #expect(result["interfaces"]?.array?[0]["mac"]?.string == "02:00:00:00:00:10")
        #expect(try world.fault(result) == "")
        #expect(try world.detach(result) == nil)
        #expect(try difference(before, world.snapshot()) == "")
    }

    @Test func `containers reach a machine outside and each other`() throws {
        let world = try InterfaceWorld(.ipvlan)
        try world.addGatewayOutside()
        let second = try world.network.container("two")
        _ = try world.attach()
        _ = try world.attach(second)
        for address in ["10.1.0.1", "fd01::1", "10.1.0.3", "fd01::3"] {
            #expect(try world.container.canPing(address), "\(address)")
        }
    }

    @Test func `the master is the one link of an earlier plugin of the chain`() throws {
        let made: JSON = ["cniVersion": "1.1.0", "interfaces": [["name": "up0"]]]
        let world = try InterfaceWorld(.ipvlan, ["master": nil, "mtu": nil, "prevResult": made])
        let result = try world.attach()
        #expect(try world.container.ip("link show eth0").contains("eth0@if"))
        #expect(try world.detach(result) == nil)
        let two: JSON = ["cniVersion": "1.1.0", "interfaces": [["name": "up0"], ["name": "others0"]]]
        let other = try InterfaceWorld(.ipvlan, ["master": nil, "prevResult": two])
        #expect(try other.call(.add).output?["msg"]?.string?.contains("master") == true)
    }

    @Test func `without IPAM it has the addresses of the plugins before, and they are its own in the result`()
        throws
    {
        let made: JSON = [
            "cniVersion": "1.1.0", "interfaces": [["name": "up0"]],
            "ips": [
                ["address": "10.1.0.9/24", "gateway": "10.1.0.1", "interface": 0], ["address": "fd01::9/64"],
            ],
            "routes": [["dst": "0.0.0.0/0"]],
        ]
        let members: [String: JSON?] = ["master": nil, "mtu": nil, "ipam": nil, "prevResult": made]
        let world = try InterfaceWorld(.ipvlan, members)
        try world.addGatewayOutside()
        let before = try world.snapshot()
        let result = try world.attach()
        #expect(result["ips"]?.array?.map { $0["interface"]?.int } == [1, 1])
        #expect(result["routes"]?.array?.count == 1)
        for address in ["10.1.0.1", "fd01::1"] { #expect(try world.container.canPing(address), "\(address)") }
        #expect(try world.fault(result) == "")
        #expect(try world.detach(result) == nil)
        #expect(try difference(before, world.snapshot()) == "")
        let empty = try InterfaceWorld(
            .ipvlan, members.merging(["prevResult": made.with(["ips": []])]) { $1 })
        #expect(try empty.call(.add).output?["msg"]?.string?.contains("ipam") == true)
    }

    @Test func `DEL needs neither master nor default route`() throws {
        let world = try InterfaceWorld(.ipvlan, ["master": nil, "mtu": nil])
        try world.network.ip("address add 10.9.0.1/24 dev up0")
        try world.network.ip("route add default via 10.9.0.2")
        let before = try world.snapshot()
        _ = try world.attach()
        try world.network.ip("route delete default")
        #expect(try world.detach() == nil)
        try world.network.ip("route add default via 10.9.0.2")
        #expect(try difference(before, world.snapshot()) == "")
    }
}

@Suite(.needsNamespaces, .needsKind("vlan"), .needsProgram("/usr/bin/ping"), .needsProgram("/usr/sbin/ip"))
struct VLANPluginTests {
    @Test func `a container reaches what is in its VLAN, and nothing else`() throws {
        let world = try InterfaceWorld(.vlan)
        try world.outside.ip("link add link up1 name up1.5 type vlan id 5")
        try world.outside.ip("link set up1.5 up")
        try world.addGatewayOutside(on: "up1.5")
        try world.outside.ip("address add 10.1.0.8/24 dev up1")
        _ = try world.attach()
        for address in ["fd01::1", "10.1.0.1"] { #expect(try world.container.canPing(address), "\(address)") }
        #expect(try world.container.ip("-d link show eth0").contains("id 5"))
        try world.outside.ip("address delete 10.1.0.1/24 dev up1.5")
        #expect(try world.container.isSilent("10.1.0.8"))
    }

    @Test func `a second container in the VLAN is refused, and its DEL leaves the first`() throws {
        let world = try InterfaceWorld(.vlan)
        let result = try world.attach()
        let second = try world.network.container("two")
        let before = try world.snapshot()
        #expect(try world.call(.add, for: second).status == 1)
        #expect(try world.detach(for: second) == nil)
        #expect(try difference(before, world.snapshot()) == "")
        #expect(try world.fault(result) == "")
    }

    @Test func `DEL needs no master`() throws {
        let world = try InterfaceWorld(.vlan)
        let result = try world.attach()
        try world.network.ip("link delete up0")
        #expect(try world.detach(result) == nil)
        #expect(try !world.snapshot().contains("net/one/eth0"))
    }
}

@Suite struct VLANKeyTests {
    @Test(
        arguments: [
            (["vlanId": 4095], "vlanId"), (["vlanId": -1], "vlanId"), (["vlanId": 70000], "vlanId"),
            (["master": nil], "master"),
        ] as [([String: JSON?], String)])
    func `what an ADD cannot take is refused with its key`(members: [String: JSON?], key: String) throws {
        let configuration = (["cniVersion": "1.1.0", "name": "n", "type": "vlan", "master": "up0"] as JSON)
            .with(members)
        let network = try NetworkConfiguration(parsing: Array(configuration.serialized().utf8))
        let error = #expect(throws: CNIError.self) {
            let plugin = InterfaceCase.vlan.plugin
            try plugin.validate(network)
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(key) == true, "\(String(describing: error))")
    }
}
