// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import CNITesting
import CNITypes
import Netlink
import NodeAgentTesting
import Testing
import VXLANOverlay

@testable import OverlayAgent

/// Which interface leads to the other nodes.
@Suite(.needsTunnels) struct UnderlayFinderTests {
    private let network: TestNetwork

    init() throws {
        network = try TestNetwork()
        let folder = try TemporaryFolder()
        for words in [
            "link add one type veth peer name far1", "link add two mtu 9000 type veth peer name far2",
            "link set one up", "link set far1 up", "link set two up", "link set far2 up",
            "address add 192.0.2.1/24 dev one", "address add 198.51.100.1/24 dev two",
            "address add 198.51.100.2/24 dev two", "address add 2001:db8::1/64 dev two nodad",
            "route add default via 192.0.2.254", "route add 203.0.113.0/24 via 198.51.100.254",
        ] {
            _ = try network.run {
                try Program.run(["/usr/sbin/ip"] + words.split(separator: " ").map(String.init), in: folder)
            }
        }
    }

    private func find(
        _ families: [IPAddress.Family] = [.v4], _ change: (inout InterfaceChoice) -> Void = { _ in }
    ) throws -> Underlay {
        var choice = InterfaceChoice()
        change(&choice)
        let finder = UnderlayFinder(choice: choice, families: families)
        return try finder.find(by: RoutingSocket(in: network.host))
    }

    @Test func `the default route's without a choice`() throws {
        let underlay = try find()
        #expect(underlay.name == "one")
        #expect(underlay.v4?.description == "192.0.2.1")
        #expect(underlay.mtu == 1500)
        #expect(underlay.isOnLink(try #require(IPAddress("192.0.2." + "77"))))
        #expect(!underlay.isOnLink(try #require(IPAddress("198.51.100." + "77"))))
    }

    @Test func `by name, by address, by pattern, by route, in that order`() throws {
        #expect(try find { $0.interfaces = ["none", "two"] }.v4?.description == "198.51.100.1")
        #expect(try find { $0.interfaces = ["two"] }.v6?.description == "2001:db8::1")
        #expect(try find { $0.interfaces = ["two"] }.mtu == 9000)
        let second = try find { $0.interfaces = ["198.51.100.2"] }
        #expect(second.name == "two" && second.v4?.description == "198.51.100.2")
        #expect(try find { $0.patterns = ["t.o"] }.name == "two")
        #expect(try find { $0.patterns = [#"198\.51\..*"#] }.name == "two")
        // A part is enough, as for flannel.
        #expect(try find { $0.patterns = ["tw"] }.name == "two")
        #expect(throws: CNIError.self) { try find { $0.patterns = ["^wo"] } }
        #expect(try find { $0.reaching = IPAddress("203.0.113.7") }.name == "two")
        #expect(try find { $0.reaching = IPAddress("8.8.8.8") }.name == "one")
        #expect(
            try find { choice in
                choice.interfaces = ["one"]
                choice.patterns = ["two"]
            }.name == "one")
    }

    @Test func `an address that is preferred comes before the default route, and after every choice`() throws
    {
        let wanted = ["203.0.113.99", "198.51.100.2"].compactMap { IPAddress($0) }
        let found = try find { $0.preferred = wanted }
        #expect(found.name == "two" && found.v4?.description == "198.51.100.2")
        // Behind a translation of addresses no interface has it.
        #expect(try find { $0.preferred = [wanted[0]] }.name == "one")
        #expect(
            try find { choice in
                choice.preferred = wanted
                choice.interfaces = ["one"]
            }.name == "one")
    }

    @Test func `what is not there is reported with what was looked for`() throws {
        let failure = #expect(throws: CNIError.self) { try find { $0.interfaces = ["none", "192.0.2.9"] } }
        #expect(failure?.message == "no interface is named, has, or matches: none, 192.0.2.9")
        let family = #expect(throws: CNIError.self) { try find([.v4, .v6]) }
        #expect(family?.message.contains("one, by which the node reaches others, has no") == true)
        let route = #expect(throws: CNIError.self) { try find([.v6]) }
        #expect(route?.message == "no interface leads to anywhere, by a default route")
        #expect(throws: CNIError.self) { try InterfaceChoice.regex("[") }
    }
}
