// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Netlink
import NetworkState
import Testing

@testable import VPCNetwork

struct NodeNetworkTests {
    private func eni(_ index: Int) throws -> NodeENI {
        NodeENI(
            mac: MACAddress(bits: 0x0200_0000_0010 + UInt64(index)), link: "eth\(index)", deviceIndex: index,
            isPrimary: index == 0,
            v4: NodeENI.Part(
                primaryAddress: try #require(IPAddress("10.0.\(index).10")),
                subnet: try #require(IPPrefix("10.0.\(index).0/24")),
                gateway: try #require(IPAddress("10.0.\(index).1"))),
            v6: NodeENI.Part(
                primaryAddress: try #require(IPAddress("fd10:0:0:\(index)::10")),
                subnet: try #require(IPPrefix("fd10:0:0:\(index)::/64")),
                gateway: try #require(IPAddress("fe80::1"))))
    }

    private func network(cidrs: [String] = ["10.0.0.0/16"]) throws -> NodeNetwork {
        NodeNetwork(
            enis: [try eni(0), try eni(1)], vpcCIDRs: try cidrs.map { try #require(IPPrefix($0)) })
    }

    private func rules(_ network: NodeNetwork, given found: ObservedState = ObservedState()) -> [String] {
        network.desiredState(given: found).items.compactMap { item in
            guard item.isPresent, case .rule(let rule) = item.object else { return nil }
            return "\(rule.family) \(rule.text)"
        }
    }

    private func chains(_ network: NodeNetwork) -> [String: Int] {
        var chains: [String: Int] = [:]
        for item in network.desiredState().items where item.isPresent {
            if case .firewall(.chain(let chain, let rules)) = item.object { chains[chain.name] = rules.count }
        }
        return chains
    }

    @Test func `rules are those that plugins before this one have`() throws {
        var network = try network()
        network.serviceCIDRs = [try #require(IPPrefix("203.0.113.0/24"))]
        #expect(
            rules(network) == [
                "v4 priority 32765 from 10.0.1.10/32 lookup 2",
                "v4 priority 1024 fwmark 0x80/0x80 lookup 254",
                "v4 priority 1535 to 203.0.113.0/24 lookup 254",
                "v6 priority 32765 from fd10:0:0:1::10/128 lookup 2",
                "v6 priority 1024 fwmark 0x80/0x80 lookup 254",
            ])
        for case .rule(let rule) in network.desiredState().items.map(\.object) {
            #expect(rule.protocol == NodeNetwork.routingProtocol)
        }
    }

    @Test func `a table leads to the subnet's router, and its network is in no other`() throws {
        let state = try network().desiredState()
        let routes = state.items.compactMap { item -> String? in
            guard case .route(let route, let link) = item.object else { return nil }
            return "\(item.isPresent ? "+" : "-") \(route.text) dev \(link ?? "")"
        }
        #expect(
            routes == [
                "+ 10.0.1.1/32 table 2 dev eth1", "+ default via 10.0.1.1 table 2 dev eth1",
                "- 10.0.1.0/24 dev eth1",
                "+ default via fe80::1 table 2 dev eth1", "- fd10:0:0:1::/64 dev eth1",
            ])
    }

    @Test func `two ENIs in one subnet have two ways to it, of which both go`() throws {
        var network = try network()
        var third = try eni(1)
        (third.link, third.table) = ("eth2", 3)
        network.enis.append(third)
        var found = ObservedState()
        for link in ["eth1", "eth2"] {
            found.insert(.route(Route(try #require(IPPrefix("10.0.1.0/24"))), link: link), in: .host)
        }
        let removed = network.desiredState().changes(from: found).map(\.description).filter {
            $0.contains("remove route 10.0.1.0/24")
        }
        #expect(removed.count == 2, "\(removed)")
    }

    @Test(arguments: [1, 5, 50])
    func `the rules of nf_tables grow with the VPC's CIDRs alone`(count: Int) throws {
        let network = try network(cidrs: (0..<count).map { "10.\($0).0.0/16" })
        let chains = chains(network)
        #expect(chains["outside"] == count + 1)
        #expect(chains["marking"] == 2)
        #expect(chains["node-ports"] == 1)
        #expect(chains["translation"] == 1)
        #expect(chains["metadata"] == nil)
    }

    @Test func `each setting is independent of the others`() throws {
        var network = try network()
        network.translation = .external
        #expect(chains(network) == ["outside": 0, "marking": 2, "node-ports": 1])
        network.supportsNodePorts = false
        #expect(chains(network) == ["outside": 0, "marking": 2])
        #expect(!rules(network).contains { $0.contains("fwmark") })
        network.translation = .node(.none)
        #expect(chains(network) == ["outside": 2, "marking": 2, "translation": 1])
        #expect(rules(network).contains { $0.contains("v4 priority 1024") })
        #expect(!rules(network).contains { $0.contains("v6 priority 1024") })
        network.allowsMetadata = false
        #expect(chains(network)["metadata"] == 4)
    }

    @Test func `the kernel's own rule for local addresses goes only behind the other one`() throws {
        var network = try network()
        network.hasStrictBranches = true
        let local = Rule(.v4, priority: 0, table: 255)
        var found = ObservedState()
        found.insert(.rule(local), in: .host)
        func removesLocal(_ found: ObservedState) -> Bool {
            network.desiredState(given: found).changes(from: found).contains { change in
                change.description == "host: remove \(Object.rule(local))"
            }
        }
        #expect(!removesLocal(found))
        found.insert(.rule(Rule(.v4, priority: 20, table: 255)), in: .host)
        #expect(removesLocal(found))
    }

    @Test func `what a removed agent leaves are others' rules`() throws {
        var found = ObservedState()
        var own = Rule(.v4, priority: 1024, table: 254)
        own.protocol = NodeNetwork.routingProtocol
        var others = Rule(.v4, priority: 1025, table: 254)
        others.protocol = RoutingProtocol(rawValue: 3)
        for rule in [own, others] { found.insert(.rule(rule), in: .host) }
        #expect(
            NodeNetwork.absence().changes(from: found).map(\.description) == [
                "host: remove \(Object.rule(own))"
            ])
    }

    @Test func `a removed agent puts the moved rule for local addresses back before it takes the other`() {
        var found = ObservedState()
        let moved = Object.rule(Rule(.v6, priority: 20, table: 255))
        found.insert(moved, in: .host)
        func steps(_ found: ObservedState) -> [String] {
            NodeNetwork.absence(given: found).changes(from: found).map(\.description)
        }
        #expect(steps(found) == ["host: create rule priority 0 lookup 255"])
        found.insert(.rule(Rule(.v6, priority: 0, table: 255)), in: .host)
        #expect(steps(found) == ["host: remove \(moved)"])
    }
}
