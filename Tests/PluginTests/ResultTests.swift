// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import LoopbackPlugin
import TestSupport
import Testing

@Suite(.needsNamespaces)
struct ResultTests {
    @Test(arguments: SpecVersion.all)
    func `ADD answers in the configuration's version, and CHECK takes the answer`(version: SpecVersion) throws
    {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge(version: version).with(["dns": ["nameservers": ["10.1.0.1"]]])
        let result = try network.attach(container, configuration)
        #expect(result["cniVersion"]?.string == version.description)
        #expect(result["dns"]?["nameservers"]?.array == ["10.1.0.1"])
        if version < .v0_3_0 {
            #expect(result["ip4"]?["ip"]?.string == "10.1.0.2/24")
            #expect(result["ip4"]?["gateway"]?.string == "10.1.0.1")
            #expect(result["ip4"]?["routes"]?.array?.first?["dst"]?.string == "0.0.0.0/0")
            #expect(result["ip6"]?["ip"]?.string == "fd01::2/64")
            #expect(result["ips"] == nil && result["interfaces"] == nil)
        } else {
            let ips = try #require(result["ips"]?.array)
            #expect(ips.map { $0["address"]?.string } == ["10.1.0.2/24", "fd01::2/64"])
            #expect(ips.map { $0["gateway"]?.string } == ["10.1.0.1", "fd01::1"])
            #expect(ips.map { $0["interface"]?.int } == [2, 2])
            #expect(ips.map { $0["version"]?.string } == (version < .v1_0_0 ? ["4", "6"] : [nil, nil]))
            #expect(result["routes"]?.array?.map { $0["dst"]?.string } == ["0.0.0.0/0", "::/0"])
            let interfaces = try #require(result["interfaces"]?.array)
            #expect(interfaces.count == 3)
            #expect(interfaces[0]["name"]?.string == "br0" && interfaces[2]["name"]?.string == "eth0")
            #expect(interfaces.map { $0["sandbox"]?.string } == [nil, nil, container.path])
            #expect(interfaces.allSatisfy { ($0["mac"]?.string ?? "").utf8.count == 17 })
            #expect(interfaces.allSatisfy { ($0["mtu"]?.int == 1500) == (version >= .v1_1_0) })
        }
        if version >= .v0_4_0 {
            #expect(try network.fault(of: container, configuration, result) == nil)
        }
        #expect(try network.detach(container, configuration, result: version < .v0_4_0 ? nil : result) == nil)
    }

    @Test
    func `the result's MAC addresses are those of the links`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let result = try network.attach(container, network.bridge())
        let interfaces = try #require(result["interfaces"]?.array)
        let mac = try #require(interfaces[2]["mac"]?.string)
        #expect(try container.snapshot().contains("link eth0 type veth address \(mac)"))
        let hostMAC = try #require(interfaces[1]["mac"]?.string)
        #expect(try network.snapshot().contains("type veth address \(hostMAC)"))
    }

    @Test(arguments: SpecVersion.all)
    func `the loopback plugin goes through every verb of every version`(version: SpecVersion) throws {
        let network = try TestNetwork()
        let container = try network.container()
        let configuration: JSON = [
            "cniVersion": .string(version.description), "name": "lo", "type": "loopback",
        ]
        func call(_ command: Command, _ members: [String: JSON?] = [:]) throws -> Outcome {
            try network.call(
                Loopback.self, command, configuration.with(members), for: container, interface: "lo")
        }
        let added = try call(.add)
        #expect(added.status == 0 && added.output?["cniVersion"]?.string == version.description)
        #expect(try container.snapshot().contains("  address 127.0.0.1/8\n"))
        if version >= .v0_4_0 {
            #expect(try call(.check, ["prevResult": added.output]).status == 0)
        }
        #expect(try call(.add).status == 0)
        #expect(try call(.delete).status == 0)
        // The kernel leaves 127.0.0.1 on an interface that goes down.
        #expect(try container.snapshot().contains("mtu 65536 down"))
        if version >= .v0_4_0 {
            #expect(try call(.check, ["prevResult": added.output]).status == 1)
        }
        container.close()
        #expect(try call(.delete).status == 0)
    }

    @Test(arguments: [("bridge", Bridge.respond), ("loopback", Loopback.respond)])
    func `VERSION lists every version in the one that was asked in`(
        name: String, respond: @Sendable (Invocation) -> Outcome
    ) throws {
        for input in ["", "{}", #"{"cniVersion":"0.4.0"}"#] {
            let outcome = respond(
                Invocation(environment: ["CNI_COMMAND": "VERSION"], input: Array(input.utf8)))
            #expect(outcome.status == 0)
            #expect(outcome.output?["supportedVersions"]?.array?.count == SpecVersion.all.count)
            #expect(outcome.output?["cniVersion"]?.string == (input.contains("0.4.0") ? "0.4.0" : "1.1.0"))
        }
    }
}
