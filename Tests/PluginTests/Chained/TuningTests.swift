// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import LinuxCore
import TestSupport
import Testing
import TuningPlugin

@Suite
struct TuningConfigurationTests {
    @Test(
        arguments: [
            (["sysctl": ["kernel.hostname": "x"]], "kernel.hostname"),
            (["sysctl": ["net/../kernel/hostname": "x"]], "hostname"),
            (["sysctl": ["net.ipv4.x": 1]], "string"),
            (["mac": "01:00:5e:00:00:01"], "mac"), (["mtu": -1], "mtu"), (["txQLen": "long"], "txQLen"),
            (["args": ["cni": ["promisc": 1]]], "promisc"),
        ] as [([String: JSON?], String)])
    func `what cannot be is refused, and the place is named`(members: [String: JSON?], word: String) throws {
        let document = (["cniVersion": "1.0.0", "name": "pods", "type": "tuning"] as JSON).with(members)
        let error = #expect(throws: CNIError.self) { try Tuning.configuration(from: document) }
        #expect(error?.message.contains(word) == true, "\(String(describing: error))")
    }

    @Test func `the list allows what one of its lines matches`() throws {
        let list = AllowList("^net.ipv4.conf.IFNAME.arp_filter$\n^net.ipv4.conf.IFNAME.arp_[a-h]*$\n\n")
        #expect(try list.allows("net.ipv4.conf.IFNAME.arp_filter"))
        #expect(try !list.allows("net.ipv4.conf.IFNAME.arp_ignore"))
        #expect(try !list.allows("net.ipv4.conf.all.arp_filter"))
        #expect(try !AllowList("").allows("net.ipv4.ip_forward"))
        #expect(throws: CNIError.self) { try AllowList("[").allows("net.ipv4.ip_forward") }
    }
}

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"))
struct TuningTests {
    private func link(_ world: ChainedWorld) throws -> String { try world.container.ip("-d link show eth0") }

    @Test func `what is asked for is set and told, and routes stay`() throws {
        let world = try ChainedWorld(.tuning)
        let routes = try world.container.ip("route show") + world.container.ip("-6 route show")
        let added = try world.call(.add)
        #expect(added.status == 0, "\(added)")
        let text = try link(world)
        for word in ["02:00:00:00:00:77", "mtu 1400", "PROMISC", "ALLMULTI", "qlen 77"] {
            #expect(text.contains(word), "\(word)")
        }
        let interface = added.output?["interfaces"]?.array?.last
        #expect(interface?["mac"]?.string == "02:00:00:00:00:77")
        #expect(interface?["mtu"]?.int == 1400)
        #expect(try world.container.ip("route show") + world.container.ip("-6 route show") == routes)
        let value = try world.container.run { try File.read("/proc/sys/net/ipv4/conf/eth0/arp_filter") }
        #expect(value.first == UInt8(ascii: "1"))
    }

    @Test(arguments: ["conf", "CNI_ARGS", "runtime", "args"])
    func `of several MAC addresses the one that comes first is set`(last: String) throws {
        let world = try ChainedWorld(.tuning)
        var members: [String: JSON?] = ["mac": "02:00:00:00:00:01"]
        var variables: [String: String] = [:]
        var wanted = "02:00:00:00:00:01"
        for (place, mac) in [
            ("CNI_ARGS", "02:00:00:00:00:02"), ("runtime", "02:00:00:00:00:03"),
            ("args", "02:00:00:00:00:04"),
        ]
        where last != "conf" && wanted != Self.mac(of: last) {
            switch place {
            case "CNI_ARGS": variables["CNI_ARGS"] = "IgnoreUnknown=1;MAC=\(mac)"
            case "runtime": members["runtimeConfig"] = ["Mac": .string(mac)]
            default: members["args"] = ["cni": ["mac": .string(mac)]]
            }
            wanted = mac
        }
        let outcome = try world.network.call(
            Tuning.self, .add, world.configuration.with(members), for: world.container, variables: variables)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try link(world).contains(wanted))
    }

    private static func mac(of place: String) -> String {
        switch place {
        case "CNI_ARGS": "02:00:00:00:00:02"
        case "runtime": "02:00:00:00:00:03"
        default: "02:00:00:00:00:04"
        }
    }

    @Test func `CHECK minds what was asked for, and nothing else`() throws {
        let world = try ChainedWorld(.tuning)
        let members: [String: JSON?] = [
            "mac": nil, "promisc": nil, "allmulti": nil, "txQLen": nil, "sysctl": nil,
        ]
        #expect(try world.call(.add, members).status == 0)
        try world.container.ip("link set eth0 promisc on")
        #expect(try world.call(.check, members).status == 0)
        try world.container.ip("link set eth0 mtu 1300")
        #expect(try world.call(.check, members).status != 0)
    }

    @Test func `what the reference plugin has noted is put back, and its note goes`() throws {
        let world = try ChainedWorld(.tuning)
        let before = try link(world)
        let folder = try TemporaryFolder()
        try world.container.ip("link set eth0 mtu 1300 txqueuelen 55 promisc on")
        let note = #"{"mtu": 1500, "promisc": false, "txQLen": 1000}"#
        try File.create("\(folder.path)/one_eth0.json", Array(note.utf8), mode: 0o600)
        let members: [String: JSON?] = ["dataDir": .string(folder.path)]
        #expect(try world.call(.delete, members).status == 0)
        #expect(try link(world) == before)
        #expect(folder.files().isEmpty)
    }

    @Test func `a setting that does not exist is refused, and nothing is changed`() throws {
        let world = try ChainedWorld(.tuning)
        let outcome = try world.call(.add, ["sysctl": ["net.ipv4.conf.IFNAME.no_such_setting": "1"]])
        #expect(outcome.status != 0)
        #expect(try difference(world.before, world.now) == "")
    }
}
