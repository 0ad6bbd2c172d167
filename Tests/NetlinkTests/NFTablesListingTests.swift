// SPDX-License-Identifier: Apache-2.0

import Addressing
import Namespaces
import Netlink
import TestSupport
import Testing

/// nft(8) sees what we make as we mean it, and we see what nft(8) makes.
@Suite(.needsNamespaces, .needsNFT)
struct NFTablesListingTests {
    let table = NFTables.TableName(.inet, "t")

    private var surroundings: [NFTables.Set] {
        [
            NFTables.Set(table, "s4", key: [.ipv4Address]), NFTables.Set(table, "s6", key: [.ipv6Address]),
            NFTables.Set(table, "ifs", key: [.ifname]),
            NFTables.Set(table, "pairs", key: [.ifname, .etherAddress]),
            NFTables.Set(table, "v4", key: [.ipv4Address], kind: .verdictMap),
            NFTables.Set(table, "v6", key: [.ipv6Address], kind: .verdictMap),
            NFTables.Set(table, "egress", key: [.ipv4Address], kind: .map([.ipv4Address])),
            NFTables.Set(
                table, "ports", key: [.inetProtocol, .inetService], kind: .map([.ipv4Address, .inetService])),
        ]
    }

    private func chain(_ phrase: NFTablesPhrase) -> NFTables.Chain {
        if phrase.text.contains("reject") {
            return NFTables.Chain(
                table, "c", base: .init(.filter, .forward, priority: NFTables.Priority.filter))
        }
        let isDestination = phrase.text.contains("dnat")
        return NFTables.Chain(
            table, "c",
            base: .init(
                .nat, isDestination ? .prerouting : .postrouting,
                priority: isDestination
                    ? NFTables.Priority.destinationNAT : NFTables.Priority.sourceNAT))
    }

    private func surround(_ phrase: NFTablesPhrase, _ batch: inout NFTablesBatch) {
        batch.add(NFTables.Table(table))
        for set in surroundings { batch.add(set) }
        batch.add(NFTables.Chain(table, "x"))
        batch.add(chain(phrase))
    }

    @Test(arguments: NFTablesPhrase.all)
    func `nft lists our rule in its own words`(phrase: NFTablesPhrase) throws {
        let namespace = try NetworkNamespace.anonymous()
        let socket = try NFTablesSocket(in: namespace)
        let rule = phrase.rule(NFTables.Rule(in: chain(phrase), comment: "a comment"))
        try socket.perform { batch in
            surround(phrase, &batch)
            batch.add(rule)
        }
        let lines = try NFTCommand.run(["list chain inet t c"], in: namespace).split(separator: "\n")
        #expect(lines.dropFirst(3).first == "\t\t\(phrase.text) comment \"a comment\"")
        #expect(try socket.rules(in: table, chain: "c").map(\.rule) == [rule])
    }

    @Test(arguments: NFTablesPhrase.all)
    func `a rule that nft made is the one that we would make`(phrase: NFTablesPhrase) throws {
        let namespace = try NetworkNamespace.anonymous()
        let socket = try NFTablesSocket(in: namespace)
        try socket.perform { surround(phrase, &$0) }
        let output = try NFTCommand.run(
            ["add rule inet t c \(phrase.text) comment \"a comment\""], in: namespace)
        #expect(output == "")
        let rule = phrase.rule(NFTables.Rule(in: chain(phrase), comment: "a comment"))
        #expect(try socket.rules(in: table, chain: "c").map(\.rule) == [rule])
    }

    @Test func `nft lists our tables, chains, sets and elements as they are meant`() throws {
        let namespace = try NetworkNamespace.anonymous()
        let socket = try NFTablesSocket(in: namespace)
        try socket.perform(NFTablesExample.batch)
        let listing = try NFTCommand.list(namespace)
        #expect(listing == NFTablesExample.listing)
    }

    @Test func `what nft makes of its own listing is what we have made`() throws {
        let namespace = try NetworkNamespace.anonymous()
        let socket = try NFTablesSocket(in: namespace)
        #expect(try NFTCommand.run([NFTablesExample.listing], in: namespace) == "")
        let example = NFTablesExample.self
        #expect(try socket.tables() == [example.table])
        #expect(try Set(socket.chains(in: example.name)) == Set(example.chains))
        for (set, elements) in example.sets {
            #expect(try socket.set(set.name, in: example.name) == set)
            #expect(try socket.elements(of: set).map { Set($0) } == Set(elements))
        }
        #expect(try socket.rules(in: example.name).map(\.rule) == example.rules)
    }

    @Test(arguments: [NFTables.Family.ip, .ip6, .bridge])
    func `addresses match in tables of every family`(family: NFTables.Family) throws {
        let namespace = try NetworkNamespace.anonymous()
        let socket = try NFTablesSocket(in: namespace)
        let chain = NFTables.Chain(NFTables.TableName(family, "t"), "c")
        let (prefix, text) =
            family == .ip6
            ? (IPPrefix("fd00::/64"), "ip6 daddr fd00::/64") : (IPPrefix("10.0.0.0/8"), "ip daddr 10.0.0.0/8")
        let rule = NFTables.Rule(in: chain).daddr(try #require(prefix)).accept()
        try socket.perform { batch in
            batch.add(NFTables.Table(chain.table))
            batch.add(chain)
            batch.add(rule)
        }
        #expect(
            try NFTCommand.list(namespace)
                == "table \(family) t {\n\tchain c {\n\t\t\(text) accept\n\t}\n}\n")
        #expect(try NFTCommand.run(["flush chain \(family) t c"], in: namespace) == "")
        #expect(try NFTCommand.run(["add rule \(family) t c \(text) accept"], in: namespace) == "")
        #expect(try socket.rules(in: chain.table).map(\.rule) == [rule])
    }
}
