// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCFabric

/// A VPC of two machines with two ENIs each, and a switch for it.
struct Example {
    var state: FabricState
    var network: Switch
    var now = Moment(milliseconds: 1_700_000_000_000)

    static func mac(_ number: UInt64) -> MACAddress { MACAddress(bits: 0x0a00_0000_0000 | number) }

    init() throws {
        func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }
        func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
        state = FabricState(
            vpc: "vpc-1", networks: try ["10.0.0.0/16", "100.64.0.0/16", "2001:db8::/56"].map(prefix))
        state.peerNetworks = [try prefix("192.168.0.0/16")]
        var subnets: [Subnet] = []
        for (index, texts) in [
            ["10.0.1.0/24", "2001:db8:0:1::/64"], ["100.64.0.0/20", "2001:db8:0:2::/64"],
        ]
        .enumerated() {
            var subnet = Subnet(id: "subnet-\(index)", networks: try texts.map(prefix))
            subnet.routes[try prefix("192.168.0.0/16")] = .vpn
            subnets.append(subnet)
        }
        state.subnets = subnets
        state.groups = [
            SecurityGroup(id: "sg-open", ingress: [SecurityRule(.all, peers: SecurityRule.anywhere)])
        ]
        state.instances = ["a", "b"].map { .init(id: "i-\($0)", namespacePath: "/nowhere/\($0)") }
        for (index, machine) in ["a", "b"].enumerated() {
            var first = ENI(
                id: "eni-\(machine)0", subnet: "subnet-0", mac: Self.mac(UInt64(index * 2)),
                primary: try address("10.0.1.\(10 * (index + 1))"),
                addresses: try [
                    "10.0.1.\(10 * (index + 1) + 1)", "10.0.1.\(10 * (index + 1) + 2)",
                    "2001:db8:0:1::\(machine)",
                ].map(address), groups: ["sg-open"],
                attachment: .device(instance: "i-\(machine)", name: "eth0"))
            first.publicAddresses = [
                try address("10.0.1.\(10 * (index + 1))"): try address("203.0.113.\(10 * (index + 1))")
            ]
            let second = ENI(
                id: "eni-\(machine)1", subnet: "subnet-1", mac: Self.mac(UInt64(index * 2 + 1)),
                primary: try address("100.64.0.\(10 * (index + 1))"),
                prefixes: try [
                    "100.64.1.\(16 * (index + 1))/28", "2001:db8:0:2:\(machine)::/80",
                ].map(prefix), groups: ["sg-open"],
                attachment: .device(instance: "i-\(machine)", name: "eth1"))
            state.interfaces += [first, second]
        }
        network = Switch(state)
    }

    func eni(_ id: String) throws -> ENI { try #require(state.interfaces.first { $0.id == id }) }

    /// Changes the state, which the switch takes.
    mutating func change(_ body: (inout FabricState) throws -> Void) rethrows {
        try body(&state)
        network.apply(state)
    }

    mutating func change(_ id: String, _ body: (inout ENI) throws -> Void) throws {
        let index = try #require(state.interfaces.firstIndex { $0.id == id })
        try body(&state.interfaces[index])
        network.apply(state)
    }

    /// Sends a packet by an ENI to the router.
    mutating func send(_ sample: Sample, by id: String) throws -> [Outgoing] {
        try network.handle(
            sample.frame(from: eni(id).mac, to: Switch.routerMAC), from: .eni(id), at: now)
    }

    mutating func wait(seconds: Int) { now = now.adding(seconds: seconds) }

    func drops(_ reason: DropReason) -> UInt64 { network.counters.drops[reason] ?? 0 }
}

extension Outgoing {
    /// The packet in an untagged frame.
    var packet: [UInt8] {
        if case .eni = port { Array(bytes.dropFirst(14)) } else { bytes }
    }

    /// The ends of an IPv4 packet.
    var ends4: [String] {
        [packet[12..<16], packet[16..<20]].compactMap { IPAddress(bytes: $0)?.description }
    }
}
