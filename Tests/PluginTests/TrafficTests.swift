// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import TestSupport
import Testing

/// Packets, by ping(8).
@Suite(.needsNamespaces, .needsProgram("/usr/bin/ping"), .needsProgram("/usr/sbin/ip"))
struct TrafficTests {
    @Test func `containers reach each other and the gateway at once`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let (first, second) = (try network.container(), try network.container())
        let configuration = network.bridge()
        _ = try network.attach(first, configuration)
        _ = try network.attach(second, configuration)
        for address in ["10.1.0.1", "10.1.0.2", "fd01::1", "fd01::2"] {
            #expect(try second.canPing(address), "\(address)")
        }
        #expect(try first.canPing("10.1.0.3"))
    }

    @Test func `isolated ports reach the gateway and not each other`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let (first, second) = (try network.container(), try network.container())
        let configuration = network.bridge().with(["portIsolation": true])
        _ = try network.attach(first, configuration)
        _ = try network.attach(second, configuration)
        #expect(try second.canPing("10.1.0.1"))
        #expect(try second.isSilent("10.1.0.2"))
    }

    @Test func `a container cannot send from another MAC address`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        _ = try network.attach(container, network.bridge())
        #expect(try container.canPing("10.1.0.1"))
        try container.ip("link set eth0 address 02:00:00:00:00:66")
        #expect(try container.isSilent("10.1.0.1"))
    }

    @Test(arguments: ["CNI_ARGS", "runtimeConfig"], [4, 6])
    func `neighbours learn the new MAC address of a reused address at once`(place: String, family: Int) throws
    {
        let network = try TestNetwork(siblings: .ipam)
        let (first, second, third) = (
            try network.container(), try network.container(), try network.container()
        )
        let configuration = network.bridge().with(["macspoofchk": false])
        let address = family == 4 ? "10.1.0.50" : "fd01::50"
        let arguments = place == "CNI_ARGS" ? ["CNI_ARGS": "IP=\(address)"] : [:]
        let wanted =
            place == "CNI_ARGS"
            ? configuration : configuration.with(["runtimeConfig": ["ips": [.string(address)]]])
        let result = try network.attach(first, wanted, variables: arguments)
        _ = try network.attach(second, configuration)
        try #require(try second.canPing(address))
        #expect(try network.detach(first, wanted, result: result, variables: arguments) == nil)
        let again = try network.attach(third, wanted, variables: arguments)
        let mac = try #require(again["interfaces"]?.array?.last?["mac"]?.string)
        #expect(mac != result["interfaces"]?.array?.last?["mac"]?.string)
        #expect(
            again["ips"]?.array?.contains { $0["address"]?.string?.hasPrefix("\(address)/") == true } == true)
        let neighbour = try second.ip("neighbour show \(address)")
        #expect(neighbour.contains(mac), "\(neighbour)")
        #expect(try second.canPing(address))
    }
}
