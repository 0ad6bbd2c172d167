// SPDX-License-Identifier: Apache-2.0

import Addressing
import Netlink
import Testing

@testable import NetworkState

/// Links of other attachments that make room for one of the same name.
struct DisplacementTests {
    private func found() throws -> ObservedState {
        var found = ObservedState()
        var link = LinkState("eni1", .veth(Veth()), LinkAttributes(isUp: true))
        link.alias = "net/old/eth0"
        link.identity = LinkState.Identity(index: 7, peer: 2, isPeerElsewhere: true)
        found.insert(.link(link), in: .host)
        var own = Route(try #require(IPPrefix("10.0.0.5/32")))
        own.protocol = RoutingProtocol(rawValue: 68)
        found.insert(.route(own, link: "eni1"), in: .host)
        var kernel = Route(try #require(IPPrefix("fe80::/64")))
        kernel.protocol = RoutingProtocol.kernel
        found.insert(.route(kernel, link: "eni1"), in: .host)
        return found
    }

    private func state(displacing found: ObservedState, to name: String?) throws -> NetworkState {
        var state = NetworkState(owner: "net/new/eth0")
        state.addVeth(host: LinkState("eni1"), container: LinkState("eth0"))
        state.displace(try #require(found.link("eni1", in: .host)), to: name, in: .host)
        return state
    }

    @Test func `it is renamed first, with its routes, and each step has its inverse`() throws {
        let found = try found()
        let state = try state(displacing: found, to: "eni2")
        let changes = state.changes(from: found)
        #expect(
            changes.prefix(5).map(\.description) == [
                "host: remove route 10.0.0.5/32 dev eni1", "host: set link eni1 down",
                "host: move link eni1 to the name eni2", "host: set link eni2 up",
                "host: create route 10.0.0.5/32 dev eni2",
            ])
        #expect(changes[5].description == "host: create link eni1 type veth")
        let back = changes.prefix(5).reversed().compactMap(\.inverse).map(\.description)
        #expect(
            back == [
                "host: remove route 10.0.0.5/32 dev eni2", "host: set link eni2 down",
                "host: move link eni2 to the name eni1", "host: set link eni1 up",
                "host: create route 10.0.0.5/32 dev eni1",
            ])
        #expect(state.conflicts(with: found).isEmpty)
        // None of it is the new attachment's to take back with its DEL.
        #expect(state.recorded(changes).isEmpty)
    }

    @Test func `one that cannot stay beside the other goes, and is not made again`() throws {
        let found = try found()
        let changes = try state(displacing: found, to: nil).changes(from: found)
        #expect(changes[0].description == "host: remove link eni1 type veth")
        #expect(changes[0].inverse == nil)
        #expect(changes[1].description == "host: create link eni1 type veth")
    }

    @Test func `its rules by that name go before it, and are not the new attachment's to put back`() throws {
        let found = try found()
        var state = try state(displacing: found, to: nil)
        var rule = Rule(.v4, priority: 10, table: 105)
        rule.input = "eni1"
        state.displacements[0].rules = [rule]
        let changes = state.changes(from: found)
        #expect(
            changes.prefix(2).map(\.description) == [
                "host: remove rule priority 10 iif eni1 lookup 105", "host: remove link eni1 type veth",
            ])
        #expect(changes[0].inverse?.description == "host: create rule priority 10 iif eni1 lookup 105")
        #expect(state.recorded(changes).isEmpty)
    }

    @Test func `one that has another owner by then stays`() throws {
        let before = try found()
        let state = try state(displacing: before, to: "eni2")
        var found = ObservedState()
        var link = LinkState("eni1", .veth(Veth()))
        link.alias = "somebody/else"
        found.insert(.link(link), in: .host)
        #expect(!state.changes(from: found).contains { $0.description.contains("move") })
    }
}

/// Rules of routing policy: of those that do the same one is enough.
struct RuleTests {
    private func rule(_ number: UInt8, priority: UInt32 = 1024) -> Object {
        var rule = Rule(.v4, priority: priority, table: 254)
        rule.protocol = RoutingProtocol(rawValue: number)
        return .rule(rule)
    }

    @Test func `a rule that others have made does as well, and is in an attachment's way`() {
        var state = NetworkState(owner: "net/c/eth0")
        state.add(rule(69), in: .host, for: .host)
        var found = ObservedState()
        found.insert(rule(3), in: .host)
        #expect(state.changes(from: found).isEmpty)
        var attachment = NetworkState(owner: "net/c/eth0")
        attachment.add(rule(3), in: .host)
        #expect(
            attachment.conflicts(with: found).map(\.text) == [
                "rule priority 1024 lookup 254 exists already and was not made here"
            ])
        var ours = ObservedState()
        ours.insert(rule(68), in: .host)
        #expect(attachment.conflicts(with: ours).isEmpty)
    }

    @Test func `those of a protocol that are not described go, and no others`() {
        var state = NetworkState(owner: "agent")
        state.add(rule(69), in: .host, for: .host)
        state.sweep(.rules(.v4, protocol: RoutingProtocol(rawValue: 69)), in: .host)
        var found = ObservedState()
        for object in [rule(69), rule(69, priority: 1535), rule(3, priority: 1536)] {
            found.insert(object, in: .host)
        }
        #expect(
            state.changes(from: found).map(\.description) == ["host: remove rule priority 1535 lookup 254"])
        // Those that others have made as described are not swept, either.
        var others = ObservedState()
        others.insert(rule(3), in: .host)
        #expect(state.changes(from: others).isEmpty)
    }
}
