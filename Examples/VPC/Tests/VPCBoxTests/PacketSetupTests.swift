// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITypes
import Testing
import VPCFabric
import VPCModel
import VPCSimulator

@testable import VPCBox

@Suite("What a setup file says of packets") struct PacketSetupTests {
    private static let file = #"""
        {"vpcs": [{"name": "v", "cidrs": ["10.42.0.0/16"], "ipv6": true, "groups": [{"name": "g"}],
          "subnets": [{"name": "a", "cidr": "10.42.1.0/24", "zone": "us-east-1a", "ipv6": true},
            {"name": "b", "cidr": "10.42.2.0/24", "zone": "us-east-1a"}],
          "instances": [{"name": "n", "subnet": "a", "groups": ["g"]}]}], "packets": PACKETS}
        """#

    private func document(_ packets: String) throws -> SetupDocument {
        let parts = Self.file.split(separator: "PACKETS", omittingEmptySubsequences: false)
        return try SetupDocument(parsing: Array(parts.joined(separator: packets).utf8))
    }

    private func resources(_ document: SetupDocument) async throws -> Resources {
        let simulator = Simulator(settings: document.settings)
        try await simulator.apply(document)
        return await simulator.resources
    }

    @Test func `without the member there are no packets`() throws {
        let document = try SetupDocument(parsing: Array(#"{"vpcs": []}"#.utf8))
        #expect(try PacketSetup(document) == nil)
    }

    @Test(arguments: [
        (#"{"namspaces": {}}"#, "packets.namspaces: unknown key"),
        (#"{"nat": [{"address": "::1"}]}"#, "packets.nat[0].address: expected the public IPv4 address"),
        (#"{"flowLogs": [{"file": "/x", "format": "${none}"}]}"#, "packets.flowLogs[0].format: "),
        (#"{"flowLogs": [{"file": "/x", "traffic": "SOME"}]}"#, "packets.flowLogs[0].traffic: expected ALL"),
        (#"{"flowLogInterval": 0}"#, "packets.flowLogInterval: expected 1 to 600"),
        (#"{"internet": {"addresses": ["1.2.3.4"]}}"#, "packets.internet.namespace: missing"),
        (#"{"vpn": {"namespace": "/n", "networks": ["home"]}}"#, "packets.vpn.networks: \"home\" is neither"),
        (#"{"endpoint": {"address": "10.42.1.5"}}"#, "packets.endpoint.subnet: missing"),
    ])
    func `a mistake is named with its place`(packets: String, message: String) throws {
        let document = try document(packets)
        let error = #expect(throws: DocumentError.self) { try PacketSetup(document) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test func `names become identifiers, and a NAT gateway the way out`() async throws {
        let document = try document(
            #"""
            {"namespaces": {"n": "/run/netns/n", "later": "/run/netns/later"},
             "nat": [{"address": "192.0.2.1", "subnets": ["b"]}],
             "vpn": {"namespace": "/v", "addresses": ["192.168.5.5"], "networks": ["192.168.5.0/24"]},
             "flowLogs": [{"file": "/x", "resource": "b", "traffic": "REJECT"}]}
            """#)
        let setup = try #require(try PacketSetup(document))
        let resources = try await resources(document)
        let state = try setup.state(of: resources, document.settings)
        #expect(state.instances.map(\.namespacePath) == ["/run/netns/n"])
        #expect(setup.missingInstances(in: resources) == ["later"])
        #expect(state.natGateways.map(\.publicAddress) == [IPAddress("192.0.2.1")])
        let (a, b) = (state.subnets[0], state.subnets[1])
        let peer = try #require(IPPrefix("192.168.5.0/24"))
        #expect(a.routes[.everything(.v4)] == .internetGateway && a.routes[peer] == .vpn)
        #expect(b.routes[.everything(.v4)] == .natGateway("nat-0") && b.routes[peer] == .vpn)
        #expect(b.routes[.everything(.v6)] == .egressOnlyGateway)
        let log = try #require(try setup.logs(in: resources).first)
        #expect(log.resource == b.id && log.selection == .rejected)
    }

    @Test(arguments: [
        (#"{"vpc": "w"}"#, "packets.vpc: there is no VPC \"w\""),
        (
            #"{"nat": [{"address": "192.0.2.1", "subnets": ["c"]}]}"#,
            "packets.nat[0].subnets: there is no subnet \"c\""
        ),
    ])
    func `a name that nothing has is named with its place`(packets: String, message: String) async throws {
        let document = try document(packets)
        let setup = try #require(try PacketSetup(document))
        let resources = try await resources(document)
        let error = #expect(throws: DocumentError.self) { try setup.state(of: resources, document.settings) }
        #expect(error?.description == message)
    }
}
