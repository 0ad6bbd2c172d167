// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc
import Namespaces
import Netlink
import TestSupport
import Testing

@Suite(.needsNamespaces)
struct NFTablesQueryTests {
    typealias Example = NFTablesExample

    private func prepare() throws -> NFTablesSocket {
        let socket = try NFTablesSocket(in: NetworkNamespace.anonymous())
        try socket.perform(Example.batch)
        return socket
    }

    private func address(_ text: String) -> [NFTables.Value] { [.address(Example.address(text))] }

    @Test func `everything is read as it was written`() throws {
        let socket = try prepare()
        #expect(try socket.table(Example.name) == Example.table)
        for chain in Example.chains { #expect(try socket.chain(chain.name, in: Example.name) == chain) }
        for (set, elements) in Example.sets {
            #expect(try socket.set(set.name, in: Example.name) == set)
            #expect(try socket.elements(of: set) == elements)
            for element in elements { #expect(try socket.element(element.key, in: set) == element) }
        }
        #expect(try socket.rules(in: Example.name).map(\.rule) == Example.rules)
        #expect(try socket.tables() == [Example.table])
        #expect(try socket.chains(in: Example.name) == Example.chains)
        #expect(try socket.sets(in: Example.name) == Example.sets.map(\.0))
    }

    @Test func `questions together are answered in their order, absent ones too`() throws {
        let socket = try prepare()
        let (pods, elements) = Example.sets[0]
        let answers = try socket.get([
            .table(Example.name), .chain(Example.name, "absent"), .chain(Example.name, "pod"),
            .element(address("10.1.0.77"), in: pods), .element(elements[0].key, in: pods),
            .set(Example.name, "pods4"), .table(NFTables.TableName(.ip, "cni")), .set(Example.name, "absent"),
        ])
        #expect(
            answers == [
                .table(Example.table), .absent, .chain(Example.chains[0]), .absent, .element(elements[0]),
                .set(pods), .absent, .absent,
            ])
    }

    @Test func `more questions than fit one system call are answered all the same`() throws {
        let socket = try prepare()
        let intervals = Example.sets[4].0
        let queries = (0..<200).map { index -> NFTables.Query in
            index % 2 == 0 ? .element(address("10.2.0.\(index)"), in: intervals) : .table(Example.name)
        }
        let answers = try socket.get(queries)
        #expect(answers.count == 200)
        for (index, answer) in answers.enumerated() {
            #expect(answer == (index % 2 == 0 ? .element(Example.sets[4].1[0]) : .table(Example.table)))
        }
        #expect(try socket.get([]) == [])
    }

    @Test(arguments: [
        ("10.2.0.0", 0), ("10.2.255.255", 0), ("10.3.0.0", nil), ("10.1.255.255", nil), ("10.9.0.3", 1),
        ("10.9.0.6", nil), ("10.9.0.9", 2), ("240.0.0.0", 3), ("255.255.255.255", 3), ("0.0.0.0", nil),
    ])
    func `a key is found in the interval that it is in`(text: String, index: Int?) throws {
        let socket = try prepare()
        let (set, elements) = Example.sets[4]
        #expect(try socket.element(address(text), in: set) == index.map { elements[$0] })
    }

    @Test func `a key is found in a range of a concatenation`() throws {
        let socket = try prepare()
        let (set, elements) = Example.sets[5]
        #expect(try socket.element(address("10.3.0.7") + [.service(85)], in: set) == elements[0])
        #expect(try socket.element(address("10.3.0.7") + [.service(91)], in: set) == nil)
        #expect(try socket.element(address("10.3.1.7") + [.service(85)], in: set) == nil)
    }

    @Test func `intervals that touch stay apart, and go one by one`() throws {
        let socket = try prepare()
        let set = NFTables.Set(
            Example.name, "touching", key: [.ipv4Address], kind: .map([.mark]), isInterval: true)
        let elements = (0..<4).map { index in
            NFTables.Element(
                IPPrefix("10.0.\(index).0/24") ?? .everything(.v4), data: .values([.mark(UInt32(index))]),
                comment: "\(index)")
        }
        try socket.perform { batch in
            batch.add(set)
            for element in elements { batch.add(element, to: set) }
        }
        #expect(try socket.elements(of: set) == elements)
        #expect(try socket.element(address("10.0.2.9"), in: set) == elements[2])
        try socket.perform { $0.delete(elements[1], from: set) }
        #expect(try socket.elements(of: set) == [elements[0], elements[2], elements[3]])
    }

    @Test func `the interval of everything is one element`() throws {
        let socket = try prepare()
        let set = NFTables.Set(Example.name, "all", key: [.ipv6Address], isInterval: true)
        let element = NFTables.Element(.everything(.v6), comment: "all")
        try socket.perform { batch in
            batch.add(set)
            batch.add(element, to: set)
        }
        #expect(try socket.elements(of: set) == [element])
        #expect(try socket.element([.address(.unspecified(.v6))], in: set) == element)
        try socket.perform { $0.delete(element, from: set) }
        #expect(try socket.elements(of: set) == [])
    }

    @Test func `what is in nothing is absent or empty`() throws {
        let socket = try prepare()
        let absent = NFTables.TableName(.ip, "cni")
        let set = NFTables.Set(absent, "pods4", key: [.ipv4Address])
        #expect(try socket.rules(in: absent) == [])
        #expect(try socket.rules(in: Example.name, chain: "absent") == [])
        #expect(try socket.elements(of: set) == nil)
        #expect(try socket.element(address("10.0.0.1"), in: set) == nil)
        #expect(try socket.chains(in: absent) == [])
        #expect(try socket.sets(in: absent) == [])
    }

    @Test func `tables of the same name in two families are two tables`() throws {
        let socket = try prepare()
        let other = NFTables.Table(NFTables.TableName(.ip6, "cni"))
        let chain = NFTables.Chain(other.name, "pod")
        try socket.perform { batch in
            batch.add(other)
            batch.add(chain)
            batch.add(NFTables.Rule(in: chain).drop())
        }
        #expect(try socket.table(other.name) == other)
        #expect(try socket.rules(in: other.name).map(\.rule) == [NFTables.Rule(in: chain).drop()])
        #expect(try socket.rules(in: Example.name).count == Example.rules.count)
    }

    @Test(.needsNFT) func `what another program made differently is different`() throws {
        let namespace = try NetworkNamespace.anonymous()
        let socket = try NFTablesSocket(in: namespace)
        let name = NFTables.TableName(.inet, "t")
        let text = """
            table inet t {
                flags dormant
                set s { type ipv4_addr; flags timeout; elements = { 10.0.0.1 timeout 1h }; }
                set i { type ipv4_addr . ifname; flags interval; elements = { 10.0.0.0/8 . "eth*" }; }
                set d { type ct_state . mark; }
                chain c { tcp flags syn limit rate 3/second log prefix "x" accept; ct original packets 1 drop; }
                chain d { type filter hook ingress device lo priority 0; }
            }
            """
        #expect(try NFTCommand.run([text], in: namespace) == "")
        #expect(try socket.table(name) != NFTables.Table(name))
        #expect(try socket.set("s", in: name) != NFTables.Set(name, "s", key: [.ipv4Address]))
        #expect(try socket.set("d", in: name)?.key == [.other(number: 26 << 6 | 19, length: 8)])
        let rules = try socket.rules(in: name)
        try #require(rules.count == 2)
        #expect(rules[0].rule.expressions.contains { if case .other("log", _) = $0 { true } else { false } })
        #expect(rules[1].rule.expressions.contains { if case .other("ct", _) = $0 { true } else { false } })
        #expect(try socket.chain("d", in: name)?.base?.hook == .other(5))
        for set in try socket.sets(in: name) { #expect(try socket.elements(of: set) != nil) }
        // What we do not know we can still write back.
        try socket.perform { batch in
            batch.flushChain("c", in: name)
            for rule in rules { batch.add(rule.rule) }
        }
        #expect(try socket.rules(in: name).map(\.rule) == rules.map(\.rule))
    }
}
