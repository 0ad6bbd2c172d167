// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@testable import IPAM

@Suite("static")
struct StaticTests {
    private func plugin(
        _ ipam: JSON?, version: String = "1.0.0", args: String = "", runtime: JSON? = nil, cni: JSON? = nil
    ) throws -> StaticIPAM {
        var document: JSON = ["name": "net", "cniVersion": .string(version)]
        document["ipam"] = ipam
        document["runtimeConfig"] = runtime.map { ["ips": $0] }
        document["args"] = cni.map { ["cni": ["ips": $0]] }
        return try StaticIPAM(
            configuration: NetworkConfiguration(json: document), arguments: CNIArguments(parsing: args))
    }

    private func addresses(_ plugin: StaticIPAM) throws -> [String] {
        try plugin.add(attachment("a")).ips.map { ip in
            ip.gateway.map { "\(ip.address) via \($0)" } ?? "\(ip.address)"
        }
    }

    private let two: JSON = [
        "addresses": [["address": "10.1.2.3/24", "gateway": "10.1.2.254"], ["address": "fd00::3/64"]],
        "routes": [["dst": "0.0.0.0/0"], ["dst": "192.168.0.0/16", "gw": "10.1.2.9"]],
        "dns": ["nameservers": ["10.1.2.53"], "search": ["example.org"]],
    ]

    @Test func `ADD returns what is configured`() throws {
        let result = try plugin(two).add(attachment("a"))
        #expect(try addresses(plugin(two)) == ["10.1.2.3/24 via 10.1.2.254", "fd00::3/64"])
        #expect(result.routes.map { "\($0.destination)" } == ["0.0.0.0/0", "192.168.0.0/16"])
        #expect(result.routes[1].gateway == IPAddress("10.1.2.9"))
        #expect(result.dns == DNS(nameservers: ["10.1.2.53"], search: ["example.org"]))
    }

    @Test func `no address is a result too`() throws {
        #expect(try addresses(plugin([:])) == [])
    }

    @Test func `CNI_ARGS add addresses, and gateways by their subnet`() throws {
        let plugin = try plugin(
            two, args: "IP=10.8.0.5/16, fd01::5/64;GATEWAY=10.8.0.1,fd00::1;MAC=02:00:00:00:00:01")
        #expect(
            try addresses(plugin) == [
                "10.1.2.3/24 via 10.1.2.254", "fd00::3/64 via fd00::1", "10.8.0.5/16 via 10.8.0.1",
                "fd01::5/64",
            ])
    }

    @Test func `args replace the configured addresses, and runtimeConfig replaces all`() throws {
        #expect(try addresses(plugin(two, args: "IP=10.8.0.5/16", cni: ["10.7.0.1/24"])) == ["10.7.0.1/24"])
        #expect(
            try addresses(plugin(two, runtime: ["10.6.0.1/24", "fd06::1/64"], cni: ["10.7.0.1/24"]))
                == ["10.6.0.1/24", "fd06::1/64"])
        #expect(try addresses(plugin(two, runtime: [], cni: [])).count == 2)
    }

    @Test(
        arguments: [
            ["gateway": "10.10.5.1"], ["address": "10.10.5.77/24", "gateway": "10.10.5.1"], [:],
            ["address": "x"],
        ] as [JSON])
    func `an address that is replaced need not be whole`(entry: JSON) throws {
        let ipam: JSON = ["addresses": [entry]]
        #expect(try addresses(plugin(ipam, cni: ["10.10.5.29/24"])) == ["10.10.5.29/24"])
        #expect(try addresses(plugin(ipam, runtime: ["10.10.5.29/24"])) == ["10.10.5.29/24"])
        #expect(
            try addresses(plugin(ipam, args: "IP=10.9.0.1/24", runtime: ["10.10.5.29/24"])) == [
                "10.10.5.29/24"
            ])
        if entry["address"]?.string?.contains("/") != true {
            #expect(throws: CNIError.self) { try plugin(ipam, args: "IP=10.9.0.1/24").add(attachment("a")) }
        }
    }

    @Test(
        arguments: [
            (nil, "", nil, nil, "IPAM config missing 'ipam' key"),
            (
                ["addresses": [["address": "10.1.2.3"]]], "", nil, nil,
                "the 'address' field is expected to be in CIDR notation, got: '10.1.2.3'"
            ),
            (
                ["addresses": [[:]]], "", nil, nil,
                "the 'address' field is expected to be in CIDR notation, got: ''"
            ),
            (
                [:], "IP=10.1.2.3", nil, nil,
                "the 'ip' field is expected to be in CIDR notation, got: '10.1.2.3'"
            ),
            ([:], "IP=10.1.2.3/24,", nil, nil, "the 'ip' field is expected to be in CIDR notation, got: ''"),
            (
                [:], "", ["10.1.2.3"], nil,
                "an entry in the 'ips' field is NOT in CIDR notation, got: '10.1.2.3'"
            ),
            (
                [:], "", nil, ["10.1.2.3/24", "x"],
                "an entry in the 'ips' field is NOT in CIDR notation, got: 'x'"
            ),
            ([:], "GATEWAY=x", nil, nil, "invalid gateway address: x"),
            (
                ["addresses": [["address": "10.0.0.1/8", "gateway": "x"]]], "", nil, nil,
                "ipam.addresses[0].gateway: \"x\" is not an IP address"
            ),
            (["routes": [["dst": 5]]], "", nil, nil, "ipam.routes[0].dst: expected a string, found a number"),
        ] as [(JSON?, String, JSON?, JSON?, String)])
    func `what is wrong is refused, in the reference's words where it has any, but not on DEL and GC`(
        ipam: JSON?, args: String, runtime: JSON?, cni: JSON?, message: String
    ) throws {
        let plugin = try plugin(ipam, args: args, runtime: runtime, cni: cni)
        let error = #expect(throws: CNIError.self) { try plugin.add(attachment("a")) }
        #expect(error?.message == message)
        #expect(throws: CNIError.self) { try plugin.status() }
        #expect(throws: CNIError.self) { try plugin.check(attachment("a"), previous: CNIResult()) }
        try plugin.delete(attachment("a"))
        try plugin.collect(keeping: [])
    }

    @Test func `the place of a wrong address is in the details`() throws {
        let plugin = try plugin(["addresses": [["address": "10.0.0.1/8"], ["address": "x"]]])
        let error = #expect(throws: CNIError.self) { try plugin.validate() }
        #expect(error?.details == "ipam.addresses[1].address")
    }

    @Test func `an old version's result holds one address of a family`() throws {
        let ipam: JSON = ["addresses": [["address": "10.0.0.1/8"], ["address": "10.0.0.2/8"]]]
        let error = #expect(throws: CNIError.self) { try plugin(ipam, version: "0.2.0").validate() }
        #expect(error?.message == "CNI version 0.2.0 does not support more than 1 address per family")
        try plugin(ipam, version: "0.3.0").validate()
        try plugin(two, version: "0.2.0").validate()
    }

    @Test func `CHECK wants every address and every configured gateway in the previous result`() throws {
        let plugin = try plugin(two)
        let good = try plugin.add(attachment("a"))
        try plugin.check(attachment("a"), previous: good)
        var other = good
        other.ips[1].gateway = IPAddress("fd00::9")  // none is configured
        other.ips.append(.init(address: try #require(IPPrefix("10.9.9.9/32"))))
        try plugin.check(attachment("a"), previous: other)
        other = good
        other.ips.removeLast()
        #expect(
            throws: CNIError(
                .addressMissing, "static: Failed to match addr fd00::3 on interface eth0",
                details: "the previous result does not have the address")
        ) { try plugin.check(attachment("a"), previous: other) }
        other = good
        other.ips[0].gateway = nil
        #expect(
            throws: CNIError(
                .addressMissing, "static: Failed to match addr 10.1.2.3 on interface eth0",
                details: "the previous result has another gateway than 10.1.2.254")
        ) { try plugin.check(attachment("a"), previous: other) }
        #expect(throws: CNIError(.invalidConfiguration, "Required prevResult missing")) {
            try plugin.check(attachment("a"), previous: nil)
        }
    }
}
