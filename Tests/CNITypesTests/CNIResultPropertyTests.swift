// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Testing

@Suite("Results in all versions")
struct CNIResultPropertyTests {
    /// What a version has room for.
    private static func holdable(_ result: CNIResult, _ version: SpecVersion) -> CNIResult {
        var held = result
        if version < .v0_3_0 {
            held.interfaces = []
            held.ips = IPAddress.Family.allCases.compactMap { family in
                result.ips.first { $0.address.family == family }
            }.map { CNIResult.IPConfiguration(address: $0.address, gateway: $0.gateway) }
            held.routes = held.ips.flatMap { ip in
                result.routes.filter { $0.destination.family == ip.address.family }
            }
        }
        if version < .v1_1_0 {
            held.interfaces = held.interfaces.map { .init(name: $0.name, mac: $0.mac, sandbox: $0.sandbox) }
            held.routes = held.routes.map { .init(destination: $0.destination, gateway: $0.gateway) }
        }
        return held
    }

    @Test(arguments: SpecVersion.all)
    func `what a version can hold survives being written and read`(version: SpecVersion) throws {
        var random = Seeded()
        for _ in 0..<500 {
            let result = CNIResult.random(using: &random)
            let held = Self.holdable(result, version)
            let json = try result.json(version: version)
            #expect(try CNIResult(json: json) == held, "TEST_SEED=\(Seeded.seed)")
            #expect(try held.json(version: version) == json, "TEST_SEED=\(Seeded.seed)")
            #expect(
                try CNIResult(json: JSON(parsing: json.serialized(indent: 4))) == held,
                "TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `converting by way of any version keeps what both can hold`() throws {
        var random = Seeded()
        for _ in 0..<50 {
            let result = CNIResult.random(using: &random)
            for one in SpecVersion.all {
                let first = try CNIResult(json: result.json(version: one))
                for other in SpecVersion.all {
                    let second = try CNIResult(json: first.json(version: other))
                    #expect(second == Self.holdable(Self.holdable(result, one), other), "\(one) to \(other)")
                    // Up and down again is the identity.
                    if other >= one {
                        #expect(try CNIResult(json: second.json(version: one)) == first, "\(one) to \(other)")
                    }
                }
            }
        }
    }

    /// Every key that a version's format has.
    private static func keys(_ version: SpecVersion) -> Set<String> {
        let dns: Set = ["dns", "nameservers", "domain", "search", "options"]
        if version < .v0_3_0 {
            return dns.union(["cniVersion", "ip4", "ip6", "ip", "gateway", "routes", "dst", "gw"])
        }
        var keys = dns.union([
            "cniVersion", "interfaces", "ips", "routes", "dst", "gw", "name", "mac", "sandbox",
        ])
        keys.formUnion(["address", "gateway", "interface"])
        if version < .v1_0_0 { keys.insert("version") }
        if version >= .v1_1_0 {
            keys.formUnion(["mtu", "socketPath", "pciID", "advmss", "priority", "table", "scope"])
        }
        return keys
    }

    private static func keys(in json: JSON) -> Set<String> {
        switch json {
        case .object(let members):
            members.reduce(into: []) { $0.formUnion(Self.keys(in: $1.value).union([$1.key])) }
        case .array(let elements): elements.reduce(into: []) { $0.formUnion(Self.keys(in: $1)) }
        default: []
        }
    }

    @Test(arguments: SpecVersion.all)
    func `no version's document has a key of another version`(version: SpecVersion) throws {
        var random = Seeded()
        var seen: Set<String> = []
        for _ in 0..<300 {
            let json = try CNIResult.random(using: &random).json(version: version)
            #expect(json["cniVersion"] == JSON(version))
            seen.formUnion(Self.keys(in: json))
        }
        // Nothing else, and nothing left out.
        #expect(seen == Self.keys(version), "TEST_SEED=\(Seeded.seed)")
    }

    @Test(arguments: [SpecVersion(0, 0, 0), SpecVersion(0, 5, 0), SpecVersion(1, 0, 1), SpecVersion(1, 2, 0)])
    func `a version that nobody knows is code 1`(version: SpecVersion) {
        let error = #expect(throws: CNIError.self) { try CNIResult().json(version: version) }
        #expect(error?.code == .incompatibleVersion)
        #expect(error?.message.contains(version.description) == true)
    }

    @Test func `the version of a document without one is the caller's`() throws {
        let lists: JSON = ["ips": [["address": "10.0.0.1/8"]]]
        #expect(try CNIResult(json: lists, version: .v1_0_0).ips.count == 1)
        #expect(try CNIResult(json: lists, version: .v0_2_0).ips.isEmpty)
        var own = lists
        own["cniVersion"] = "0.3.1"
        #expect(try CNIResult(json: own, version: .v0_2_0).ips.count == 1)
        #expect(try CNIResult(json: ["cniVersion": ""], version: .v0_2_0) == CNIResult())
    }

    @Test func `random documents are read or refused, never a trap`() throws {
        var random = Seeded()
        let keys = [
            "cniVersion", "interfaces", "ips", "routes", "dns", "ip4", "ip6", "prevResult", "name", "ipam",
        ]
        for _ in 0..<3000 {
            var members = JSONObject()
            for key in keys where Bool.random(using: &random) {
                members[key] = .random(depth: 3, using: &random)
            }
            members["cniVersion"] = JSON(SpecVersion.all.randomElement(using: &random) ?? .current)
            for code in [CNIError.Code.decodingFailure] {
                do {
                    let result = try CNIResult(json: .object(members))
                    #expect(
                        try CNIResult(json: result.json(version: .current)) == result,
                        "TEST_SEED=\(Seeded.seed)")
                } catch {
                    #expect(error.code == code, "TEST_SEED=\(Seeded.seed)")
                }
            }
            members["name"] = "net"
            do {
                let configuration = try NetworkConfiguration(json: .object(members))
                _ = try configuration.previousResult
            } catch {
                #expect(
                    [.decodingFailure, .invalidConfiguration].contains(error.code), "TEST_SEED=\(Seeded.seed)"
                )
            }
            _ = try? NetworkConfigurationList(json: .object(members))
        }
    }
}

extension CNIResult {
    static func random(using random: inout Seeded) -> CNIResult {
        func maybe<T>(_ value: T) -> T? { Bool.random(using: &random) ? value : nil }
        func address(_ family: IPAddress.Family? = nil) -> IPAddress {
            let chosen = family ?? (Bool.random(using: &random) ? .v4 : .v6)
            return IPAddress(chosen, bits: UInt128(random.next()) << 64 | UInt128(random.next()))
        }
        func prefix() -> IPPrefix {
            let address = address()
            let length = Int.random(in: 0...address.family.bitWidth, using: &random)
            return IPPrefix(address, length: length) ?? IPPrefix(host: address)
        }
        func number() -> UInt32 { UInt32(truncatingIfNeeded: random.next()) }
        func many<T>(_ make: () -> T) -> [T] {
            (0..<Int.random(in: 0...4, using: &random)).map { _ in make() }
        }
        let interfaces = many {
            Interface(
                name: "eth\(random.next() % 10)", mac: maybe(MACAddress.random(using: &random).description),
                mtu: maybe(number()), sandbox: maybe("/run/netns/x"), socketPath: maybe("/run/s"),
                pciID: maybe("0000:00:1f.6"))
        }
        let ips = many {
            let prefix = prefix()
            return IPConfiguration(
                address: prefix, gateway: maybe(address(prefix.family)),
                interface: interfaces.isEmpty ? nil : maybe(Int(random.next() % 3)))
        }
        let routes = many {
            let prefix = prefix()
            return Route(
                destination: prefix, gateway: maybe(address(prefix.family)), mtu: maybe(number()),
                advmss: maybe(number()), priority: maybe(number()), table: maybe(number()),
                scope: maybe(UInt8(truncatingIfNeeded: random.next())))
        }
        let dns = DNS(
            nameservers: many { address().description }, domain: maybe("example.org"),
            search: many { "a.example.org" }, options: many { "ndots:5" })
        return CNIResult(interfaces: interfaces, ips: ips, routes: routes, dns: dns)
    }
}
