// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCFabric

@Suite("Flow logs") struct FlowLogTests {
    private let custom = """
        ${version} ${interface-id} ${srcaddr} ${dstaddr} ${pkt-srcaddr} ${pkt-dstaddr} ${tcp-flags} \
        ${flow-direction} ${traffic-path} ${action} ${type} ${vpc-id} ${subnet-id} ${instance-id}
        """

    @Test func `the default format hides the pod, a custom one shows it`() throws {
        var example = try Example()
        // From a secondary address to another: pod to pod.
        _ = try example.send(Sample("10.0.1.11", "10.0.1.21", .tcp(20_641, 22, 2)), by: "eni-a0")
        example.wait(seconds: 9)
        _ = try example.send(Sample("10.0.1.11", "10.0.1.21", .tcp(20_641, 22, 16)), by: "eni-a0")
        _ = try example.send(Sample("10.0.1.21", "10.0.1.11", .tcp(22, 20_641, 18)), by: "eni-b0")
        example.wait(seconds: 1)
        let records = example.network.flows.takeRecords(at: example.now).filter { $0.status == .ok }
        // One record for each ENI and direction: four for two machines.
        #expect(
            Set(records.map(FlowLogFormat.standard.line)) == [
                "2 123456789012 eni-a0 10.0.1.11 10.0.1.21 20641 22 6 2 90 1700000000 1700000009 ACCEPT OK",
                "2 123456789012 eni-b0 10.0.1.11 10.0.1.20 20641 22 6 2 90 1700000000 1700000009 ACCEPT OK",
                "2 123456789012 eni-b0 10.0.1.21 10.0.1.11 22 20641 6 1 45 1700000009 1700000009 ACCEPT OK",
                "2 123456789012 eni-a0 10.0.1.21 10.0.1.10 22 20641 6 1 45 1700000009 1700000009 ACCEPT OK",
            ])
        let format = try FlowLogFormat(custom)
        #expect(format.version == 5)
        #expect(
            Set(records.map(format.line)) == [
                "5 eni-a0 10.0.1.11 10.0.1.21 10.0.1.11 10.0.1.21 2 egress 1 ACCEPT IPv4 vpc-1 subnet-0 i-a",
                "5 eni-b0 10.0.1.11 10.0.1.20 10.0.1.11 10.0.1.21 2 ingress - ACCEPT IPv4 vpc-1 subnet-0 i-b",
                "5 eni-b0 10.0.1.21 10.0.1.11 10.0.1.21 10.0.1.11 18 egress 1 ACCEPT IPv4 vpc-1 subnet-0 i-b",
                "5 eni-a0 10.0.1.21 10.0.1.10 10.0.1.21 10.0.1.11 18 ingress - ACCEPT IPv4 vpc-1 subnet-0 i-a",
            ])
    }

    @Test func `the fields of the default format are in the published order`() {
        #expect(
            FlowLogFormat.standard.header == """
                version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end \
                action log-status
                """)
    }

    @Test func `an ENI without traffic has a record without data`() throws {
        var example = try Example()
        _ = example.network.flows.takeRecords(at: example.now)
        example.wait(seconds: 60)
        let lines = example.network.flows.takeRecords(at: example.now).map(FlowLogFormat.standard.line)
        #expect(lines.count == 4)
        #expect(
            lines.contains("2 123456789012 eni-a0 - - - - - - - 1700000000 1700000060 - NODATA"))
    }

    @Test func `flows that are left out leave a record that says so`() throws {
        var example = try Example()
        example.network.flows = FlowAggregator(limit: 3)
        example.network.apply(example.state)
        for port in UInt16(1)...10 {
            _ = try example.send(Sample("10.0.1.10", "198.51.100.7", .udp(port, 53)), by: "eni-a0")
        }
        let records = example.network.flows.takeRecords(at: example.now)
        #expect(records.filter { $0.status == .ok }.count == 3)
        #expect(records.filter { $0.status == .skipData }.map(\.interface.id) == ["eni-a0"])
    }

    @Test func `a refused ping makes one record, an allowed one two`() throws {
        var example = try Example()
        example.change { $0.groups.append(SecurityGroup(id: "sg-none", ingress: [])) }
        try example.change("eni-b0") { $0.groups = ["sg-none"] }
        _ = try example.send(Sample("10.0.1.10", "10.0.1.20", .icmp(8, 0, 1)), by: "eni-a0")
        func actions() -> [String] {
            example.network.flows.takeRecords(at: example.now)
                .filter { $0.interface.id == "eni-b0" && $0.status == .ok }
                .compactMap { record in record.traffic.map { "\($0.direction) \($0.action.rawValue)" } }
        }
        #expect(actions() == ["ingress REJECT"])
        try example.change("eni-b0") { $0.groups = ["sg-open"] }
        _ = try example.send(Sample("10.0.1.10", "10.0.1.20", .icmp(8, 0, 1)), by: "eni-a0")
        _ = try example.send(Sample("10.0.1.20", "10.0.1.10", .icmp(0, 0, 1)), by: "eni-b0")
        #expect(Set(actions()) == ["ingress ACCEPT", "egress ACCEPT"])
    }

    @Test func `a short connection's flags are put together`() throws {
        var example = try Example()
        for flags: UInt8 in [2, 16, 24, 17] {
            _ = try example.send(Sample("10.0.1.10", "198.51.100.7", .tcp(5, 80, flags)), by: "eni-a0")
        }
        #expect(example.network.flows.current.compactMap(\.traffic?.tcpFlags) == [3])
        #expect(example.network.flows.current.compactMap(\.traffic?.path) == [.internet])
    }

    @Test func `a log has what it selects`() throws {
        var example = try Example()
        example.change { $0.groups.append(SecurityGroup(id: "sg-none", ingress: [])) }
        try example.change("eni-b0") { $0.groups = ["sg-none"] }
        _ = try example.send(Sample("10.0.1.10", "10.0.1.20", .udp(1, 2)), by: "eni-a0")
        let records = example.network.flows.takeRecords(at: example.now).filter { $0.status == .ok }
        func lines(_ selection: FlowLog.Selection, _ resource: String? = nil) -> Int {
            FlowLog(path: "", selection: selection, resource: resource).lines(records).count
        }
        #expect([lines(.all), lines(.accepted), lines(.rejected)] == [2, 1, 1])
        #expect([lines(.all, "eni-b0"), lines(.all, "subnet-0"), lines(.all, "vpc-2")] == [1, 2, 0])
    }

    static let mistakes: [(String, FlowLogFormatError)] = [
        ("", .empty), ("${version} srcaddr", .notAField("srcaddr")), ("${pod}", .unknownField("${pod}")),
        ("${end} ${end}", .repeatedField("${end}")),
    ]

    @Test(arguments: mistakes) func `an invalid format is rejected`(
        _ text: String, _ error: FlowLogFormatError
    ) {
        #expect(throws: error) { try FlowLogFormat(text) }
    }

    @Test func `a format can be read back`() throws {
        let all = FlowLogField.allCases.map { "${\($0.rawValue)}" }.joined(separator: " ")
        #expect(try FlowLogFormat(all).description == all)
        #expect(try FlowLogFormat("${version} ${srcaddr}").version == 2)
        #expect(try FlowLogFormat("${srcaddr} ${pkt-srcaddr}").version == 3)
        #expect(try FlowLogFormat("${az-id} ${pkt-srcaddr}").version == 4)
    }
}
