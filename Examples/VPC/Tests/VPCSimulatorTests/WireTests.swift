// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCModel

@testable import VPCSimulator

/// Forms in, XML out.
@Suite struct WireTests {
    @Test func formsAreDecoded() {
        #expect(FormEncoding.decode("a+b%20c%C3%BC") == "a b cü")
        #expect(FormEncoding.decode("a%2") == nil)
        #expect(FormEncoding.decode("%zz") == nil)
        #expect(FormEncoding.decode("%ff") == nil)
        #expect(FormEncoding.encode("a b/ü~") == "a%20b%2F%C3%BC~")
        #expect(
            FormEncoding.form("a=1&b&c=x=y")?.map { "\($0.name):\($0.value)" } == ["a:1", "b:", "c:x=y"])
    }

    @Test func listsAreByNumber() throws {
        var parameters = QueryParameters([
            ("Id.10", "c"), ("Id.2", "b"), ("Id.1", "a"), ("IdX.1", "no"), ("Flag", "true"), ("Number", "x"),
        ])
        #expect(parameters.list("Id") == ["a", "b", "c"])
        #expect(try parameters.bool("Flag") == true)
        #expect(throws: EC2Error.self) { try parameters.int("Number") }
        #expect(throws: EC2Error("UnknownParameter", "The parameter IdX.1 is not recognized")) {
            try parameters.checkAllAsked()
        }
    }

    @Test func tagsOfOtherKindsAreLeftOut() throws {
        var parameters = QueryParameters([
            ("TagSpecification.1.ResourceType", "network-interface"), ("TagSpecification.1.Tag.1.Key", "a"),
            ("TagSpecification.1.Tag.1.Value", "1"), ("TagSpecification.2.ResourceType", "instance"),
            ("TagSpecification.2.Tag.1.Key", "b"),
        ])
        #expect(try parameters.tags(of: .networkInterface) == ["a": "1"])
        try parameters.checkAllAsked()
    }

    @Test func textIsEscaped() {
        var writer = XMLWriter()
        writer.group("a", attributes: " x=\"y\"") {
            $0.element("b", "<&>\"\r\n\u{1}\u{fffe}ü😀")
            $0.element("c", nil as String?)
            $0.list("d", [1, 2]) { $0.element("e", $1) }
            $0.texts("f", [])
        }
        #expect(
            writer.text
                == "<a x=\"y\"><b>&lt;&amp;&gt;&quot;&#13;\n\u{fffd}\u{fffd}ü😀</b><d><item><e>1</e></item>"
                + "<item><e>2</e></item></d><f></f></a>")
    }

    @Test func randomFormsDoNotEndTheProcess() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Randomness(seed: seed)
        let letters = Array("&=+%.0123456789abcTagFilterName\u{0}ü")
        for _ in 0..<500 {
            let length = Int.random(in: 0..<60, using: &random)
            let text = String(
                (0..<length).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] })
            var parameters = QueryParameters(FormEncoding.form(text) ?? [])
            _ = try? parameters.describeRequest(ids: "a")
            _ = try? parameters.tags(of: .vpc)
            _ = parameters.items("Tag")
        }
    }

    @Test func observersSeeEveryChange() async throws {
        let simulator = Simulator()
        var changes = await simulator.changes().makeAsyncIterator()
        let first = await changes.next()
        #expect(first?.vpcs.isEmpty == true)
        let range = try #require(IPPrefix("10.0.0.0/16"))
        let vpc = try await simulator.perform(CreateVpc(cidr: range))
        let second = await changes.next()
        #expect(second?.vpcs.keys.first == vpc.id)
        #expect((second?.sequence ?? 0) > (first?.sequence ?? 0))
    }

    @Test func whatTakesTimeIsSeenWithoutACall() async throws {
        var settings = RegionSettings()
        (settings.launchTime, settings.attachTime) = (50, 100)
        let simulator = Simulator(settings: settings)
        let range = try #require(IPPrefix("10.0.0.0/16"))
        let vpc = try await simulator.perform(CreateVpc(cidr: range)).id
        let subnet = try await simulator.perform(CreateSubnet(vpc: vpc, cidr: range)).id
        _ = try await simulator.perform(RunInstances(subnet: subnet))
        for await resources in await simulator.changes() where resources.connectedInterfaces.count == 1 {
            break
        }
    }
}
