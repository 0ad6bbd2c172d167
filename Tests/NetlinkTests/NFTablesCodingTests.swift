// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing

@testable import Netlink

/// What goes over the wire, without a kernel at the other end.
struct NFTablesCodingTests {
    /// The messages of a batch, as if the kernel had sent them.
    private func messages(_ build: (inout NFTablesBatch) -> Void) throws -> [Message] {
        var batch = NFTablesBatch()
        build(&batch)
        let isComplete = batch.batch.entries.allSatisfy { $0.isComplete }
        try #require(isComplete)
        return try Message.all(in: batch.batch.entries.flatMap(\.bytes)[...])
    }

    @Test func `what is encoded is decoded the same`() throws {
        var random = NFTablesRandom(41)
        for _ in 0..<500 {
            var table = NFTables.Table(random.tableName(), comment: random.comment())
            table.isDormant = Bool.random(using: &random)
            #expect(try NFTables.Table(messages { $0.add(table) }[0]) == table)
            let chain = random.chain()
            #expect(try NFTables.Chain(messages { $0.add(chain) }[0]) == chain)
            let set = random.set()
            #expect(try NFTables.Set(messages { $0.add(set) }[0]) == set)
            let element = random.element(of: set)
            let sent = try messages { $0.add(element, to: set) }[0]
            let records = try #require(try ElementRecord.all(in: sent, of: set))
            #expect(try set.elements(of: records) == [element])
            let rule = random.rule()
            let installed = try NFTables.InstalledRule(messages { $0.replace(77, with: rule) }[0])
            #expect(installed?.rule == rule)
            #expect(installed?.handle == 77)
        }
    }

    @Test func `an attribute that no word is for is kept, with the whole expression, and zeros mean nothing`()
        throws
    {
        var random = NFTablesRandom(42)
        for _ in 0..<300 {
            let rule = random.rule()
            for expression in rule.expressions {
                var known = rule
                known.expressions = [expression]
                // NFTA_RULE_EXPRESSIONS, NFTA_LIST_ELEM, NFTA_EXPR_NAME and NFTA_EXPR_DATA.
                let message = try messages { $0.replace(7, with: known) }[0]
                let element = try Attributes(message.payload.dropFirst(4)).nest(4).nest(1)
                let name = try #require(element.string(1))
                for content: [UInt8] in [[0, 0, 0, 1], [0, 0, 0, 0]] {
                    var data = try RawAttributes(bytes: [UInt8](element[2] ?? []))
                    data.append(55, content)
                    var longer = known
                    longer.expressions = [.other(name: name, attributes: data.bytes)]
                    let read = try NFTables.InstalledRule(messages { $0.replace(7, with: longer) }[0])?.rule
                    if case .other = expression { continue }
                    #expect(read == (content.contains(1) ? longer : known), "\(expression)")
                }
            }
        }
    }

    @Test func `a message of another type is not an object`() throws {
        let message = try messages { $0.delete(NFTables.TableName(.ip, "t")) }[0]
        #expect(try NFTables.Table(message) == nil)
        #expect(try NFTables.Chain(message) == nil)
        #expect(try NFTables.Set(message) == nil)
        #expect(try NFTables.InstalledRule(message) == nil)
        let set = NFTables.Set(NFTables.TableName(.ip, "t"), "s", key: [.mark])
        #expect(try ElementRecord.all(in: message, of: set) == nil)
    }

    /// Has every decoder look at a message; returns how many took it.
    private func decode(_ message: Message, _ set: NFTables.Set) -> Int {
        var taken = 0
        if (try? NFTables.Table(message)) ?? nil != nil { taken += 1 }
        if (try? NFTables.Chain(message)) ?? nil != nil { taken += 1 }
        if (try? NFTables.Set(message)) ?? nil != nil { taken += 1 }
        if (try? NFTables.InstalledRule(message)) ?? nil != nil { taken += 1 }
        if let records = (try? ElementRecord.all(in: message, of: set)) ?? nil {
            taken += 1
            _ = try? set.elements(of: records)
        }
        return taken
    }

    @Test func `replies with bytes changed, cut or made up never trap`() throws {
        var random = NFTablesRandom(43)
        var taken = 0
        for _ in 0..<4_000 {
            let set = random.set()
            let (table, chain) = (NFTables.Table(random.tableName(), comment: "t"), random.chain())
            let (element, rule) = (random.element(of: set), random.rule())
            let sent = try messages { batch in
                batch.add(table)
                batch.add(chain)
                batch.add(set)
                batch.add(element, to: set)
                batch.replace(7, with: rule)
            }
            for message in sent {
                var payload = [UInt8](message.payload)
                for _ in 0..<random.below(6) { payload[random.below(payload.count)] = random.bytes(1)[0] }
                payload = Array(payload.prefix(payload.count - random.below(2) * random.below(payload.count)))
                if random.below(10) == 0 { payload = random.bytes(random.below(200)) }
                taken += decode(
                    Message(type: message.type, flags: 0, sequence: 1, payload: payload[...]), set)
            }
        }
        // Most are still whole enough to be read: the decoders did look.
        #expect(taken > 4_000)
    }

    @Test func `user data of any bytes is a comment or none`() {
        var random = NFTablesRandom(44)
        for _ in 0..<20_000 {
            _ = NFTables.UserData(random.bytes(random.below(20))).text(0)
        }
        #expect(NFTables.UserData([0, 3, 97, 98, 0]).text(0) == "ab")
        #expect(NFTables.UserData([4, 1, 7, 0, 2, 97, 0]).text(0) == "a")
        #expect(NFTables.UserData([0, 4, 97, 98, 0]).text(0) == nil)
        #expect(NFTables.UserData([0]).text(0) == nil)
        #expect(NFTables.UserData([0, 0]).text(0) == "")
    }

    @Test func `the bytes are those of nft`() throws {
        // As strace(1) shows them of nft(8): `add element inet t allowed { "veth0" . 02:… comment "abc" }`.
        let set = NFTables.Set(NFTables.TableName(.inet, "t"), "allowed", key: [.ifname, .etherAddress])
        let element = NFTables.Element(
            [.ifname("veth0"), .ether(MACAddress(bits: 0x0200_0000_0001))], comment: "abc")
        let message = try messages { $0.add(element, to: set) }[0]
        let nest = try Attributes(message.payload.dropFirst(4)).nest(3)
        let payload = try #require(nest.contents().first)
        let expected: [UInt8] =
            [0x20, 0, 1, 0x80, 0x1c, 0, 1, 0]
            + [0x76, 0x65, 0x74, 0x68, 0x30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            + [0x02, 0, 0, 0, 0, 1, 0, 0, 0x0a, 0, 6, 0, 0, 4, 0x61, 0x62, 0x63, 0, 0, 0]
        #expect([UInt8](payload) == expected)
    }

    @Test(arguments: [
        ([NFTables.FieldType.ifname, .etherAddress], UInt32(0xa49), 24), ([.ipv4Address], 7, 4),
        ([.ipv4Address, .inetService], 0x1cd, 8), ([.inetService], 13, 2), ([.inetProtocol], 12, 1),
    ])
    func `types have the numbers of nft`(types: [NFTables.FieldType], number: UInt32, length: Int) {
        #expect(types.number == number)
        #expect(types.totalLength == length)
        #expect([NFTables.FieldType](number: number, length: length) == types)
        let wrong = [NFTables.FieldType](number: number, length: length + 1)
        #expect(wrong == [.other(number: number, length: length + 1)])
    }

    @Test func `registers have the numbers of the kernel`() {
        let numbers = NFTables.Register.allCases.map(\.number)
        #expect(numbers == [1, 9, 10, 11, 2, 13, 14, 15, 3, 17, 18, 19, 4, 21, 22, 23])
        for register in NFTables.Register.allCases {
            #expect(NFTables.Register(number: register.number) == register)
            #expect(NFTables.Register(number: UInt32(register.rawValue) + 8) == register)
        }
        for number: UInt32 in [0, 5, 7, 24, .max] { #expect(NFTables.Register(number: number) == nil) }
        #expect(NFTables.Register.r0.after(6) == .r2)
        #expect(NFTables.Register.r15.after(1) == nil)
        #expect(NFTables.Register.r15.after(Int.max - 3) == nil)
    }

    @Test func `operations are in the words of nft`() {
        let table = NFTables.TableName(.inet, "cni")
        let set = NFTables.Set(table, "s", key: [.ipv4Address, .inetService], isInterval: true)
        let map = NFTables.Set(table, "m", key: [.ifname], kind: .verdictMap)
        let low = IPAddress(.v4, bits: 0x0a00_0000)
        let high = IPAddress(.v4, bits: 0x0a00_0009)
        var batch = NFTablesBatch()
        batch.add(map)
        batch.add(
            .init([.address(low), .service(80)], through: [.address(high), .service(80)]), to: set)
        batch.delete(.init([.ifname("eth0")], .goto("c")), from: map)
        batch.add(NFTables.Rule(table, chain: "c", comment: "x"))
        batch.flushChain("c", in: table)
        #expect(
            batch.summary == """
                add map inet cni m; add element inet cni s { 10.0.0.0-10.0.0.9 . 80 }; \
                delete element inet cni m { "eth0" : goto c }; add rule inet cni c comment "x"; \
                flush chain inet cni c
                """)
    }

    @Test func `keys count up and down`() {
        #expect([UInt8]([0, 255]).successor == [1, 0])
        #expect([UInt8]([255, 255]).successor == nil)
        #expect([UInt8]([1, 0]).predecessor == [0, 255])
        #expect([UInt8]([0, 0]).predecessor == nil)
        #expect([UInt8]().successor == nil)
    }
}
