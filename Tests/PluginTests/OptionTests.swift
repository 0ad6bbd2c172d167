// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Netlink
import TestSupport
import Testing

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"))
struct OptionTests {
    @Test func `mtu is that of both ends`() throws {
        try attached(["mtu": 1400]) { network, container, result throws in
            #expect(try container.snapshot().contains("mtu 1400 up"))
            #expect(result["interfaces"]?.array?.map { $0["mtu"]?.int } == [1400, 1400, 1400])
        }
    }

    @Test func `hairpinMode and portIsolation are the port's`() throws {
        try attached(["hairpinMode": true, "portIsolation": true]) { network, _, _ throws in
            #expect(try network.snapshot().contains("hairpin true isolated true"))
        }
    }

    @Test func `promiscMode is the bridge's`() throws {
        try attached(["promiscMode": true]) { network, _, _ throws in
            #expect(try network.snapshot().contains("link br0 type bridge mtu 1500 up promisc"))
        }
    }

    @Test(arguments: ["runtimeConfig", "args.cni", "CNI_ARGS", "all"])
    func `the MAC address is the runtime's`(place: String) throws {
        var members: [String: JSON?] = [:]
        var variables: [String: String] = [:]
        if place == "runtimeConfig" || place == "all" {
            members["runtimeConfig"] = ["mac": "02:00:00:00:00:01"]
        }
        if place == "args.cni" || place == "all" {
            members["args"] = ["cni": ["mac": .string("02:00:00:00:00:0\(place == "all" ? 2 : 1)")]]
        }
        if place == "CNI_ARGS" || place == "all" {
            variables["CNI_ARGS"] = "IgnoreUnknown=1;MAC=02:00:00:00:00:0\(place == "all" ? 3 : 1)"
        }
        try attached(members, variables: variables) { _, container, result throws in
            #expect(try container.snapshot().contains("link eth0 type veth address 02:00:00:00:00:01"))
            #expect(result["interfaces"]?.array?.last?["mac"]?.string == "02:00:00:00:00:01")
        }
    }

    @Test func `isDefaultGateway adds the routes that ipam does not`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        var ipam = network.hostLocal()
        ipam = ipam.with(["routes": nil])
        let configuration = network.bridge().with(["isDefaultGateway": true, "isGateway": nil, "ipam": ipam])
        let result = try network.attach(container, configuration)
        let routes = try container.ip("route show default") + container.ip("-6 route show default")
        #expect(routes.contains("default via 10.1.0.1") && routes.contains("default via fd01::1"))
        #expect(try network.fault(of: container, configuration, result) == nil)
    }

    @Test func `disableContainerInterface leaves the interface down`() throws {
        let members: [String: JSON?] = [
            "disableContainerInterface": true, "ipam": nil, "isGateway": nil, "ipMasq": nil,
        ]
        try attached(members) { _, container, _ throws in
            let line = try container.snapshot().split(separator: "\n").first { $0.hasPrefix("link eth0") }
            #expect(line?.contains(" down") == true)
        }
    }

    @Test func `enabledad waits until IPv6 addresses are no longer tentative`() throws {
        // Where the kernel itself takes longer than ADD waits, it is tried again: the machine has other work.
        for isLast in [false, false, false, true] {
            var isSettled = false
            let time = try ContinuousClock().measure {
                try attached(["enabledad": true]) { _, container, _ throws in
                    let addresses = try container.ip("-6 address show dev eth0 scope global")
                    #expect(addresses.contains("fd01::2/64"))
                    isSettled = !addresses.contains("tentative")
                }
            }
            if isSettled { return }
            #expect(!isLast && time > .seconds(5), "ADD has not waited")
        }
    }

    @Test func `without enabledad IPv6 addresses are there at once`() throws {
        try attached([:]) { _, container, _ throws in
            #expect(try container.ip("-6 address show dev eth0 scope global").contains("tentative") == false)
        }
    }

    @Test func `an address of the bridge in the gateway's way is an error, and forceAddress replaces it`()
        throws
    {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        try network.ip("link add br0 type bridge")
        try network.ip("address add 10.9.0.1/24 dev br0")
        try network.ip("link set br0 up")
        let before = try network.snapshot()
        let refused = try network.call(Bridge.self, .add, network.bridge(), for: container)
        #expect(refused.status == 1)
        #expect(refused.output?["msg"]?.string?.contains("10.9.0.1/24") == true, "\(refused)")
        #expect(try difference(before, network.snapshot()) == "")
        let forced = network.bridge().with(["forceAddress": true])
        let result = try network.attach(container, forced)
        #expect(try network.snapshot().contains("10.9.0.1/24") == false)
        #expect(try network.fault(of: container, forced, result) == nil)
        #expect(try network.detach(container, forced, result: result) == nil)
    }

    @Test func `a link of the bridge's name that is none is refused`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        try network.ip("link add br0 type veth peer name other")
        let before = try network.snapshot()
        let outcome = try network.call(Bridge.self, .add, network.bridge(), for: container)
        #expect(outcome.status == 1 && outcome.output?["msg"]?.string?.contains("br0") == true)
        #expect(try difference(before, network.snapshot()) == "")
    }
}
