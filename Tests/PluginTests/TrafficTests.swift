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

    /// What an ADD of one more container would do.
    private func steps(of configuration: JSON, _ network: TestNetwork) throws -> [String] {
        let container = try network.container()
        let invocation = network.invocation(.add, configuration, for: container)
        return try withExtendedLifetime(container) {
            try network.run { try Bridge.plan(for: invocation) }.steps
        }
    }

    /// Has a container get an address that another one had, who has talked to a neighbour: the MAC addresses of both.
    private func reuse(
        _ address: String, _ network: TestNetwork, by configurations: (JSON, JSON)
    ) throws -> (before: String?, after: String?, neighbour: TestContainer) {
        let (first, second, third) = (
            try network.container(), try network.container(), try network.container()
        )
        let arguments = ["CNI_ARGS": "IP=\(address)"]
        let result = try network.attach(first, configurations.0, variables: arguments)
        _ = try network.attach(second, configurations.1)
        try #require(try second.canPing(address))
        #expect(
            try network.detach(first, configurations.0, result: result, variables: arguments) == nil)
        let again = try network.attach(third, configurations.1, variables: arguments)
        func mac(_ result: JSON) -> String? { result["interfaces"]?.array?.last?["mac"]?.string }
        return (mac(result), mac(again), second)
    }

    @Test(arguments: ["10.1.0.50", "fd01::50"])
    func `an address has the same MAC address again, so that nobody has to be told`(address: String) throws {
        let network = try TestNetwork(siblings: .ipam)
        let subnet = address.contains(":") ? "fd01::/64" : "10.1.0.0/24"
        let configuration = network.bridge(subnets: [subnet])
        let plan = try steps(of: configuration, network)
        #expect(!plan.contains { $0.contains("announce") }, "\(plan)")
        let (before, after, neighbour) = try reuse(address, network, by: (configuration, configuration))
        #expect(before == after)
        #expect(try neighbour.canPing(address))
        #expect(try network.ip("-d link show br0").contains("mcast_snooping 0"))
        if address.contains(".") { #expect(after == "0a:58:0a:01:00:32") }
    }

    @Test(arguments: ["10.1.0.50", "fd01::50"])
    func `who comes after a MAC address that was asked for is announced`(address: String) throws {
        let network = try TestNetwork(siblings: .ipam)
        let subnet = address.contains(":") ? "fd01::/64" : "10.1.0.0/24"
        let configuration = network.bridge(subnets: [subnet])
        let asking = configuration.with(["runtimeConfig": ["mac": "02:00:00:00:00:50"]])
        let (_, after, neighbour) = try reuse(address, network, by: (asking, configuration))
        let mac = try #require(after)
        let seen = try neighbour.ip("neighbour show \(address)")
        #expect(seen.contains(mac), "\(seen)")
        #expect(try neighbour.canPing(address))
        let plan = try steps(of: configuration, network)
        #expect(plan.contains { $0.contains("announce") }, "\(plan)")
    }

    @Test func `on a bridge that somebody else made every address is announced`() throws {
        let network = try TestNetwork(siblings: .ipam)
        try network.ip("link add br0 type bridge")
        let configuration = network.bridge(subnets: ["10.1.0.0/24"])
        let plan = try steps(of: configuration, network)
        #expect(plan.contains { $0.contains("announce") }, "\(plan)")
        let container = try network.container()
        _ = try network.attach(container, configuration)
        #expect(try network.ip("-d link show br0").contains("mcast_snooping 1"))
    }

    @Test func `a container of a network without a gateway ends it for the bridge`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let (first, second) = (try network.container(), try network.container())
        let configuration = network.bridge(subnets: ["10.1.0.0/24"])
        _ = try network.attach(first, configuration)
        #expect(try network.ip("link show br0").contains("alias swift-cni: a MAC address"))
        let other = configuration.with(["isGateway": false, "ipMasq": false])
        _ = try network.attach(second, other)
        #expect(try !network.ip("link show br0").contains("alias swift-cni:"))
        #expect(try network.ip("link show br0").contains("alias swift-cni"))
    }
}
