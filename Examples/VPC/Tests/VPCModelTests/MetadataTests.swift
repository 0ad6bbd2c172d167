// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCModel

/// The instance metadata service.
@Suite struct MetadataTests {
    /// The answer in short: the text, `403`, or `lost`.
    private func ask(_ world: inout World, _ request: MetadataRequest) -> String {
        switch world.region.answer(request, of: world.instance, at: world.time) {
        case .text(let text, _): text
        case .token(let token, _): token
        case .refused(let status): "\(status)"
        case .lost: "lost"
        }
    }

    private func token(_ world: inout World, seconds: String? = "60") -> String {
        ask(&world, MetadataRequest("PUT", "/latest/api/token", lifetime: seconds))
    }

    private func get(_ world: inout World, _ path: String) -> String {
        let token = token(&world)
        return ask(&world, MetadataRequest("GET", "/latest/meta-data/" + path, token: token))
    }

    @Test func tokensHaveRules() throws {
        var world = try World()
        for lifetime in [nil, "0", "21601", "x"] { #expect(token(&world, seconds: lifetime) == "400") }
        #expect(
            ask(&world, MetadataRequest("PUT", "/latest/api/token", lifetime: "60", isForwarded: true))
                == "403")
        #expect(ask(&world, MetadataRequest("GET", "/latest/meta-data/mac")) == "401")
        #expect(ask(&world, MetadataRequest("GET", "/latest/meta-data/mac", token: "wrong")) == "401")
        let (first, second) = (token(&world), token(&world))
        for token in [first, second] {
            #expect(
                ask(&world, MetadataRequest("GET", "/latest/meta-data/instance-id", token: token))
                    == world.instance)
        }
        world.wait(60_000)
        #expect(ask(&world, MetadataRequest("GET", "/latest/meta-data/mac", token: first)) == "401")
        #expect(ask(&world, MetadataRequest("POST", "/latest/meta-data/mac")) == "405")
    }

    @Test func aTokenIsForItsInstance() throws {
        var world = try World()
        let token = token(&world)
        let other = try #require(try world.call(RunInstances(subnet: world.subnet)).first).id
        world.wait(5000)
        let answer = world.region.answer(
            MetadataRequest("GET", "/latest/meta-data/mac", token: token), of: other, at: world.time)
        guard case .refused(401) = answer else {
            Issue.record("\(answer)")
            return
        }
    }

    @Test func theHopLimitIsTheTokens() throws {
        var world = try World()
        #expect(ask(&world, MetadataRequest("PUT", "/latest/api/token", lifetime: "60", hops: 2)) == "lost")
        let token = token(&world)
        #expect(
            ask(&world, MetadataRequest("GET", "/latest/meta-data/instance-id", token: token, hops: 2))
                == world.instance)
    }

    @Test func leavesOfAnInterface() throws {
        var world = try World()
        let interface = try world.attached(secondaries: 2)
        #expect(get(&world, "network/interfaces/macs").split(separator: "\n").count == 2)
        let folder = "network/interfaces/macs/\(interface.mac)"
        let names = get(&world, folder + "/").split(separator: "\n")
        #expect(names.contains("local-ipv4s"))
        #expect(!names.contains("ipv6s"))
        #expect(!names.contains("ipv4-prefix"))
        #expect(get(&world, folder + "/device-number") == "1")
        #expect(get(&world, folder + "/interface-id") == interface.id)
        #expect(
            get(&world, folder + "/local-ipv4s")
                == interface.addresses.map { "\($0.address)" }.joined(separator: "\n"))
        #expect(get(&world, folder + "/ipv4-prefix") == "404")
        #expect(get(&world, folder + "/subnet-ipv4-cidr-block") == "10.0.0.0/24")
        #expect(get(&world, folder + "/vpc-ipv4-cidr-blocks") == "10.0.0.0/16")
        try world.call(
            AssignPrivateIpAddresses(interface: interface.id, request: AddressRequest(prefixCount: 1)))
        #expect(get(&world, folder + "/ipv4-prefix").hasSuffix("/28"))
        #expect(get(&world, "placement/availability-zone") == "us-east-1a")
        #expect(get(&world, "nothing") == "404")
    }

    @Test func itLagsAndHides() throws {
        var world = try World()
        world.region.faults.metadataLag = 4000
        let interface = try world.makeInterface()
        try world.call(
            AttachNetworkInterface(interface: interface.id, instance: world.instance, deviceIndex: 1))
        world.wait(1500)
        #expect(world.region.resources.interfaces[interface.id]?.status == "in-use")
        #expect(!get(&world, "network/interfaces/macs").contains("\(interface.mac)"))
        world.wait(4000)
        #expect(get(&world, "network/interfaces/macs").contains("\(interface.mac)"))
        world.region.faults.hiddenInterfaces = [interface.id]
        #expect(!get(&world, "network/interfaces/macs").contains("\(interface.mac)"))
        world.region.faults.hiddenInterfaces = []
        // The other direction: gone from EC2, still in the metadata.
        let attachment = try #require(world.region.resources.interfaces[interface.id]?.attachment)
        try world.call(DetachNetworkInterface(attachment: attachment.id, force: true))
        #expect(get(&world, "network/interfaces/macs").contains("\(interface.mac)"))
        world.wait(4000)
        #expect(!get(&world, "network/interfaces/macs").contains("\(interface.mac)"))
    }

    @Test func itIsOffOrDown() throws {
        var world = try World()
        var launch = RunInstances(subnet: world.subnet)
        launch.metadata.isEnabled = false
        let other = try #require(try world.call(launch).first).id
        let request = MetadataRequest("GET", "/latest/meta-data/mac")
        guard case .refused(403) = world.region.answer(request, of: other, at: world.time) else {
            Issue.record("not refused")
            return
        }
        world.region.faults.metadataIsDown = true
        #expect(ask(&world, request) == "503")
    }

    @Test func credentialsAreRenewedAtHalfTheirLife() throws {
        var world = try World()
        var launch = RunInstances(subnet: world.subnet)
        launch.role = "node"
        launch.metadata.requiresToken = false
        let instance = try #require(try world.call(launch).first).id
        world.wait(5000)
        let ask = { (world: inout World, path: String) in
            guard
                case .text(let text, _) = world.region.answer(
                    MetadataRequest("GET", "/latest/meta-data/iam/security-credentials/" + path),
                    of: instance,
                    at: world.time)
            else { return "none" }
            return text
        }
        #expect(ask(&world, "") == "node")
        let first = ask(&world, "node")
        #expect(first.contains("\"Code\" : \"Success\""))
        #expect(ask(&world, "node") == first)
        world.wait(4 * 3_600_000)
        #expect(ask(&world, "node") != first)
        #expect(world.region.access.keys.count == 2)
    }
}
