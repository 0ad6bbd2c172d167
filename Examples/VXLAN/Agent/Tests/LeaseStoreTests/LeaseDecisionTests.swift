// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import NodeAgentCore
import Testing
import VXLANOverlay

@testable import LeaseStores

/// Which subnet a node gets.
@Suite struct LeaseDecisionTests {
    private func decision(
        _ request: LeaseRequest, _ leases: [Lease], unreadable: [String] = []
    ) throws -> LeaseDecision {
        var random = Seeded()
        return try LeaseDecision(
            for: request, leases: leases, unreadable: unreadable.compactMap { SubnetKey($0) }, using: &random)
    }

    private func lease(_ number: Int, _ key: String) throws -> Lease {
        var random = Seeded()
        let subnets = try #require(SubnetKey(key))
        return try Samples.request(number).lease(subnets, formerly: nil, using: &random)
    }

    @Test func `a node's own lease is kept, with the MAC address that the others know`() throws {
        let own = try lease(1, "10.5.9.0-24")
        var request = try Samples.request(1, former: "10.5.8.0-24")
        request.macV4 = MACAddress("02:00:00:00:00:99")
        let decision = try decision(request, [try lease(2, "10.5.7.0-24"), own])
        #expect(decision.lease == own)
        #expect(decision.isThere && decision.obsolete.isEmpty)
    }

    @Test func `a node with another address knows its lease by its MAC address`() throws {
        let own = try lease(1, "10.5.9.0-24")
        var request = try Samples.request(2, former: "10.5.9.0-24")
        #expect(try decision(request, [own]).lease.key != own.key)
        request.macV4 = own.v4?.tunnel?.mac
        let decision = try decision(request, [own])
        #expect(decision.isThere)
        #expect(decision.lease.key == own.key)
        #expect(decision.lease.v4?.publicIP.description == "192.0.2.2")
        #expect(decision.lease.v4?.tunnel == own.v4?.tunnel)
    }

    @Test func `a lease of a former configuration goes, and its MAC address stays the node's`() throws {
        let own = try lease(1, "10.6.9.0-24")
        let decision = try decision(try Samples.request(1), [own])
        #expect(decision.obsolete == [own.key])
        #expect(!decision.isThere)
        #expect(decision.lease.v4?.tunnel == own.v4?.tunnel)
        #expect(decision.lease.key != own.key)
    }

    @Test func `a free subnet overlaps no network of the node's host, but for the one that it had before`()
        throws
    {
        var request = try Samples.request(1, ["Network": "10.5.0.0/24", "SubnetLen": 26])
        // Of three subnets, those of a host's network of any size, and of one address.
        request.avoided = ["10.5.0.64/28", "10.5.0.200/32", "fd05::/16"].compactMap { IPPrefix($0) }
        #expect(try decision(request, []).lease.key.description == "10.5.0.128-26")
        request.former = SubnetKey("10.5.0.64-26")
        #expect(try decision(request, []).lease.key.description == "10.5.0.64-26")
        request.former = nil
        request.avoided.append(try #require(IPPrefix("10.5.0.0/16")))
        let error = #expect(throws: AgentError.self) { try decision(request, []) }
        #expect(error?.code == .noSubnet)
    }

    @Test func `the subnet before is the node's again if nobody has it`() throws {
        let request = try Samples.request(1, former: "10.5.8.0-24")
        #expect(try decision(request, []).lease.key.description == "10.5.8.0-24")
        #expect(try decision(request, [try lease(2, "10.5.8.0-24")]).lease.key.description != "10.5.8.0-24")
        // Neither if an entry of that name cannot be read.
        #expect(try decision(request, [], unreadable: ["10.5.8.0-24"]).lease.key.description != "10.5.8.0-24")
        // One of another size is no subnet of this network.
        let other = try Samples.request(1, former: "10.5.8.0-25")
        #expect(try decision(other, []).lease.key.description.hasSuffix("-24"))
    }

    @Test func `one after the other, nodes get every subnet, and none of them twice`() throws {
        let network: JSON = [
            "Network": "10.5.0.0/22", "SubnetLen": 27, "EnableIPv6": true, "IPv6Network": "fd00::/57",
            "IPv6SubnetLen": 64,
        ]
        let configuration = try OverlayConfiguration(json: network)
        let count = min(
            try #require(configuration.v4).subnetCount, try #require(configuration.v6).subnetCount)
        var leases: [Lease] = []
        for number in 1...count {
            let lease = try decision(try Samples.request(number, network), leases).lease
            for other in leases {
                try #require(lease.v4.map { part in other.v4?.subnet.overlaps(part.subnet) } == false)
                try #require(lease.v6.map { part in other.v6?.subnet.overlaps(part.subnet) } == false)
            }
            #expect(try Samples.request(number, network).accepts(lease.key))
            leases.append(lease)
        }
        let failure = #expect(throws: AgentError.self) {
            try decision(try Samples.request(250, network), leases)
        }
        #expect(failure?.code == .noSubnet)
    }

    @Test func `a table is what a dictionary in order would be`() throws {
        var random = Seeded()
        var table = LeaseTable()
        var model: [String: LeaseReading] = [:]
        for _ in 0..<2000 {
            let name = "n\(Int.random(in: 0..<60, using: &random))"
            var entry: LeaseReading?
            switch Int.random(in: 0..<4, using: &random) {
            case 0: break
            case 1: entry = LeaseReading(mistake: "reason \(Int.random(in: 0..<3, using: &random))")
            default: entry = LeaseReading(try lease(Int.random(in: 1..<250, using: &random), "10.5.9.0-24"))
            }
            let hasChanged = model[name] != entry
            model[name] = entry
            try #require(table.set(name, entry) == hasChanged, "TEST_SEED=\(Seeded.seed)")
            try #require(table[name] == entry, "TEST_SEED=\(Seeded.seed)")
        }
        let sorted = model.sorted { $0.key < $1.key }
        #expect(table.known.leases == sorted.compactMap { $0.value.lease })
        #expect(table.incompleteNames == sorted.filter { !$0.value.isComplete }.map(\.key))
        #expect(table.known.unreadable.map(\.name) == table.incompleteNames)
    }
}
