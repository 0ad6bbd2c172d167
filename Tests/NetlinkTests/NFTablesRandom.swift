// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Netlink
import Testing

/// Random parts of rulesets, from the seed of the whole run.
struct NFTablesRandom: RandomNumberGenerator {
    private var random: Seeded

    /// - Parameter stream: A number of the test's own, so that tests do not share their numbers.
    init(_ stream: Int) { random = Seeded(stream) }

    mutating func next() -> UInt64 { random.next() }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    mutating func name() -> String {
        String(decoding: (0..<below(14) + 1).map { _ in UInt8(97 + below(26)) }, as: UTF8.self)
    }

    mutating func comment() -> String? { Bool.random(using: &self) ? name() + " é" : nil }

    mutating func tableName() -> NFTables.TableName {
        NFTables.TableName(pick(NFTables.Family.allCases), name())
    }

    mutating func types() -> [NFTables.FieldType] {
        (0..<below(3) + 1).map { _ in
            pick([.ipv4Address, .ipv6Address, .etherAddress, .ifname, .inetService, .inetProtocol, .mark])
        }
    }

    mutating func value(_ type: NFTables.FieldType) -> NFTables.Value {
        switch type {
        case .ipv4Address: .address(IPAddress(.v4, bits: UInt128(next())))
        case .ipv6Address: .address(IPAddress(.v6, bits: UInt128(next()) << 64 | UInt128(next())))
        case .etherAddress: .ether(MACAddress(bits: next()))
        case .ifname: .ifname(name())
        case .inetService: .service(UInt16(truncatingIfNeeded: next()))
        case .inetProtocol: .inetProtocol(UInt8(truncatingIfNeeded: next()))
        case .mark: .mark(UInt32(truncatingIfNeeded: next()))
        case .other(_, let length): .bytes(bytes(length))
        }
    }

    mutating func chain() -> NFTables.Chain {
        let table = tableName()
        guard Bool.random(using: &self) else { return NFTables.Chain(table, name(), comment: comment()) }
        let hooks: [NFTables.Base.Hook] =
            switch table.family {
            case .inet, .ip, .ip6, .bridge: [.prerouting, .input, .forward, .output, .postrouting, .other(9)]
            case .arp: [.input, .output, .other(77)]
            case .netdev: [.other(0), .other(1)]
            }
        let base = NFTables.Base(
            pick([.filter, .nat, .route]), pick(hooks), priority: Int32(truncatingIfNeeded: next()),
            policy: pick([.accept, .drop]))
        return NFTables.Chain(table, name(), base: base, comment: comment())
    }

    mutating func set() -> NFTables.Set {
        NFTables.Set(
            tableName(), name(), key: types(), kind: pick([.set, .verdictMap, .map(types())]),
            isInterval: Bool.random(using: &self), comment: comment())
    }

    mutating func verdict() -> NFTables.Verdict {
        pick([.accept, .drop, .continue, .return, .jump(name()), .goto(name()), .other(-77)])
    }

    mutating func element(of set: NFTables.Set) -> NFTables.Element {
        let key = set.key.map { value($0) }
        let data: NFTables.Element.Data? =
            switch set.kind {
            case .set: nil
            case .verdictMap: .verdict(verdict())
            case .map(let types): .values(types.map { value($0) })
            }
        // Of a single field, the end must not be below the start.
        let end = key.count > 1 ? set.key.map { value($0) } : key
        return NFTables.Element(key, through: set.isInterval ? end : nil, data: data, comment: comment())
    }

    mutating func expression() -> NFTables.Expression {
        let all = NFTables.Register.allCases
        let register = pick(all)
        let other = pick(all)
        let value = bytes(below(16) + 1)
        var nat = NFTables.NAT(
            pick([.source, .destination]), pick([.v4, .v6]), address: register, port: pick([other, nil]))
        nat.flags = pick([[], .random, [.fullyRandom, .persistent]])
        return pick([
            .meta(NFTables.MetaKey(rawValue: UInt32(below(40))), into: register),
            .setMeta(.mark, from: register),
            .payload(.init(.network, offset: UInt32(below(64)), length: UInt32(below(16))), into: register),
            .connection(.state, into: register), .setConnection(.mark, from: register),
            .fib(.destinationType, into: register),
            .compare(register, pick(NFTables.Comparison.allCases), value),
            .range(register, from: value, through: value, isOutside: below(2) == 0),
            .bitwise(register, mask: value, xor: value, into: other),
            .lookup(set: name(), key: register, isAbsent: below(2) == 0),
            .map(name(), key: register, into: other), .verdictMap(name(), key: register),
            .immediate(value, into: register), .verdict(verdict()), .counter,
            .masquerade(NFTables.Masquerade(flags: pick([[], .random]))), .nat(nat),
            .other(name: "limit", attributes: [8, 0, 1, 0] + bytes(4)),
        ])
    }

    mutating func rule() -> NFTables.Rule {
        let expressions = (0..<below(12)).map { _ in expression() }
        return NFTables.Rule(tableName(), chain: name(), comment: comment(), expressions)
    }
}
