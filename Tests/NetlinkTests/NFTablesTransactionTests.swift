// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc
import LinuxCore
import Namespaces
import Synchronization
import TestSupport
import Testing

@testable import Netlink

@Suite(.needsNamespaces)
struct NFTablesTransactionTests {
    let table = NFTables.TableName(.inet, "cni")

    private var pods: NFTables.Set {
        NFTables.Set(table, "pods4", key: [.ipv4Address], kind: .verdictMap)
    }

    private func element(_ number: Int, _ verdict: NFTables.Verdict = .accept) -> NFTables.Element {
        .init(
            [.address(IPAddress(.v4, bits: UInt128(0x0a00_0000 + number)))], verdict, comment: "pod \(number)"
        )
    }

    /// A socket in a namespace with the table, a chain `pod` and the map.
    private func prepare() throws -> NFTablesSocket {
        let socket = try NFTablesSocket(in: NetworkNamespace.anonymous())
        try socket.perform { batch in
            batch.add(NFTables.Table(table))
            batch.add(NFTables.Chain(table, "pod"))
            batch.add(pods)
        }
        return socket
    }

    private func failure(
        _ socket: NFTablesSocket, _ build: (inout NFTablesBatch) -> Void
    ) -> NetlinkError? {
        do throws(NetlinkError) {
            try socket.perform(build)
            return nil
        } catch {
            return error
        }
    }

    @Test func `one refused change undoes all, and is the one that is reported`() throws {
        let socket = try NFTablesSocket(in: NetworkNamespace.anonymous())
        let error = failure(socket) { batch in
            batch.add(NFTables.Table(table))
            batch.add(NFTables.Chain(table, "one"))
            batch.deleteChain("two", in: table)
            batch.deleteSet("three", in: table)
            batch.add(NFTables.Chain(table, "four"))
        }
        #expect(error?.errno == ENOENT)
        #expect(error?.operation == "delete chain inet cni two")
        #expect(try socket.tables().isEmpty)
    }

    @Test func `a failure at the last change is a failure`() throws {
        let socket = try prepare()
        let error = failure(socket) { batch in
            batch.add(NFTables.Chain(table, "one"))
            batch.deleteChain("two", in: table)
        }
        #expect(error?.operation == "delete chain inet cni two")
        #expect(try socket.chain("one", in: table) == nil)
    }

    @Test func `an empty batch asks nothing`() throws {
        let socket = try NFTablesSocket(in: NetworkNamespace.anonymous())
        try socket.perform(NFTablesBatch())
        #expect(NFTablesBatch().summary == "nothing")
    }

    @Test(arguments: [3_000])
    func `thousands of elements are one change`(count: Int) throws {
        try addAndRemove(count)
    }

    @Test(.needsLargeSendBuffer, arguments: [5_000, 20_000])
    func `more elements than a send buffer holds are one change`(count: Int) throws {
        try addAndRemove(count)
    }

    private func addAndRemove(_ count: Int) throws {
        let socket = try prepare()
        try socket.perform { batch in
            for number in 0..<count { batch.add(element(number, .goto("pod")), to: pods) }
        }
        #expect(try socket.elements(of: pods) == (0..<count).map { element($0, .goto("pod")) })
        try socket.perform { batch in
            for number in 0..<count { batch.delete(element(number), from: pods) }
        }
        #expect(try socket.elements(of: pods) == [])
    }

    @Test func `more refusals than the receive buffer holds still name the first`() throws {
        let socket = try prepare()
        try socket.perform { batch in
            for number in 1..<2_000 { batch.add(element(number), to: pods) }
        }
        let error = failure(socket) { batch in
            for number in 0..<2_000 { batch.add(element(number), to: pods, exclusively: true) }
        }
        #expect(error?.errno == EEXIST)
        #expect(error?.operation == "create element inet cni pods4 { 10.0.0.1 : accept }")
        // The socket has no reply left over.
        #expect(try socket.element(element(0).key, in: pods) == nil)
        #expect(try socket.element(element(1).key, in: pods) == element(1))
        try socket.perform { $0.add(element(0), to: pods) }
    }

    @Test func `a chain that something jumps to stays`() throws {
        let socket = try prepare()
        try socket.perform { $0.add(element(1, .jump("pod")), to: pods) }
        let error = failure(socket) { $0.deleteChain("pod", in: table) }
        #expect(error?.errno == EBUSY)
        #expect(error?.operation == "delete chain inet cni pod")
        try socket.perform { batch in
            batch.delete(element(1), from: pods)
            batch.deleteChain("pod", in: table)
        }
        #expect(try socket.chain("pod", in: table) == nil)
    }

    @Test func `a chain or table that is not empty stays, if only an empty one is to go`() throws {
        let socket = try prepare()
        let base = NFTables.Chain(
            table, "forward", base: NFTables.Base(.filter, .forward, priority: NFTables.Priority.filter))
        try socket.perform { batch in
            batch.add(base)
            batch.add(NFTables.Rule(table, chain: "pod").drop())
        }
        #expect(try socket.idleChains(in: table).map(\.name) == ["forward"])
        #expect(failure(socket) { $0.deleteChain("pod", in: table, ifEmpty: true) }?.errno == EBUSY)
        #expect(failure(socket) { $0.delete(table, ifEmpty: true) }?.errno == EBUSY)
        try socket.perform { batch in
            batch.flushChain("pod", in: table)
            batch.add(NFTables.Rule(in: base).jump("pod"))
        }
        #expect(try socket.idleChains(in: table) == [], "one has a rule, which leads to the other")
        try socket.perform { batch in
            batch.flushChain("forward", in: table)
            batch.deleteSet("pods4", in: table)
            for name in ["pod", "forward"] { batch.deleteChain(name, in: table, ifEmpty: true) }
            batch.delete(table, ifEmpty: true)
        }
        #expect(try socket.table(table) == nil)
    }

    @Test func `a set that a rule uses stays`() throws {
        let socket = try prepare()
        try socket.perform { $0.add(NFTables.Rule(table, chain: "pod").saddr(.v4, vmap: "pods4")) }
        #expect(failure(socket) { $0.deleteSet("pods4", in: table) }?.errno == EBUSY)
    }

    @Test func `adding twice is fine, creating twice is not`() throws {
        let socket = try prepare()
        let additions: [(inout NFTablesBatch, Bool) -> Void] = [
            { $0.add(NFTables.Table(table), exclusively: $1) },
            { $0.add(NFTables.Chain(table, "pod"), exclusively: $1) },
            { $0.add(pods, exclusively: $1) },
            { $0.add(element(1), to: pods, exclusively: $1) },
        ]
        try socket.perform { $0.add(element(1), to: pods) }
        for addition in additions {
            #expect(failure(socket) { addition(&$0, false) } == nil)
            #expect(failure(socket) { addition(&$0, true) }?.errno == EEXIST)
        }
    }

    @Test func `an element with another verdict is not replaced`() throws {
        let socket = try prepare()
        try socket.perform { $0.add(element(1, .accept), to: pods) }
        #expect(failure(socket) { $0.add(element(1, .drop), to: pods) }?.meansPresence == true)
        try socket.perform { batch in
            batch.delete(element(1), from: pods)
            batch.add(element(1, .drop), to: pods)
        }
        #expect(try socket.element(element(1).key, in: pods) == element(1, .drop))
    }

    @Test func `adding a chain again changes its policy`() throws {
        let socket = try prepare()
        var chain = NFTables.Chain(table, "in", base: .init(.filter, .input, priority: 0))
        try socket.perform { $0.add(chain) }
        #expect(try socket.chain("in", in: table) == chain)
        chain.base?.policy = .drop
        try socket.perform { $0.add(chain) }
        #expect(try socket.chain("in", in: table) == chain)
    }

    @Test func `adding an element again keeps its comment`() throws {
        let socket = try prepare()
        try socket.perform { $0.add(element(1), to: pods) }
        try socket.perform { $0.add(NFTables.Element(element(1).key, .accept, comment: "other"), to: pods) }
        #expect(try socket.element(element(1).key, in: pods) == element(1))
    }

    @Test func `flushing empties sets and chains`() throws {
        let socket = try prepare()
        try socket.perform { batch in
            batch.add(element(1), to: pods)
            batch.add(NFTables.Rule(table, chain: "pod").drop())
        }
        try socket.perform { batch in
            batch.flushSet("pods4", in: table)
            batch.flushChain("pod", in: table)
        }
        #expect(try socket.elements(of: pods) == [])
        #expect(try socket.rules(in: table, chain: "pod") == [])
    }

    @Test func `rules go where they are put`() throws {
        let socket = try prepare()
        func rule(_ comment: String) -> NFTables.Rule {
            NFTables.Rule(table, chain: "pod", comment: comment).counter()
        }
        func installed() throws -> [NFTables.InstalledRule] { try socket.rules(in: table, chain: "pod") }
        func comments() throws -> [String?] { try installed().map(\.rule.comment) }
        try socket.perform { batch in
            batch.add(rule("b"))
            batch.add(rule("d"))
            batch.insert(rule("a"))
        }
        #expect(try comments() == ["a", "b", "d"])
        let second = try installed()[1].handle
        try socket.perform { batch in
            batch.add(rule("c"), after: second)
            batch.insert(rule("ab"), before: second)
        }
        #expect(try comments() == ["a", "ab", "b", "c", "d"])
        let all = try installed()
        #expect(all.map(\.position) == [nil] + all.dropLast().map(\.handle))
        try socket.perform { batch in
            batch.replace(second, with: rule("B"))
            batch.delete(all[0])
        }
        #expect(try comments() == ["ab", "B", "c", "d"])
        #expect(
            failure(socket) { $0.delete(all[0]) }?.operation
                == "delete rule inet cni pod handle \(all[0].handle)")
    }

    @Test func `what does not fit is refused as a whole`() throws {
        let socket = try prepare()
        let comment = String(repeating: "c", count: 254)
        let long = NFTables.Element(element(1).key, .accept, comment: comment)
        #expect(failure(socket) { $0.add(long, to: pods) } != nil)
        #expect(try socket.elements(of: pods) == [])
        let wide = NFTables.Rule(
            table, chain: "pod",
            [NFTables.Expression](
                repeating: .compare(.r0, .equal, [UInt8](repeating: 1, count: 16)), count: 120))
        #expect(failure(socket) { $0.add(wide) }?.errno == EMSGSIZE)
        let marks = NFTables.Set(table, "marks", key: [.mark], isInterval: true)
        #expect(failure(socket) { $0.add(marks) }?.operation == "add set inet cni marks")
        let name = NFTables.Element([.ifname("sixteen-bytes-so")])
        let names = NFTables.Set(table, "names", key: [.ifname])
        #expect(
            failure(socket) { batch in
                batch.add(names)
                batch.add(name, to: names)
            }?.errno == EINVAL)
    }

    @Test func `comments up to the kernel's limit come back whole`() throws {
        let socket = try prepare()
        let wide = NFTables.Set(
            table, "wide", key: [.ifname, .ipv6Address, .etherAddress], kind: .verdictMap,
            comment: String(repeating: "w", count: 247))
        let map = NFTables.Set(
            table, "map", key: [.mark], kind: .map([.mark]), comment: String(repeating: "m", count: 241))
        let element = NFTables.Element(
            [.ifname("eth0"), .address(.unspecified(.v6)), .ether(MACAddress(bits: 1))], .jump("pod"),
            comment: String(repeating: "é", count: 64))
        let rule = NFTables.Rule(table, chain: "pod", comment: String(repeating: "r", count: 253)).drop()
        try socket.perform { batch in
            batch.add(wide)
            batch.add(map)
            batch.add(element, to: wide)
            batch.add(rule)
        }
        #expect(try socket.element(element.key, in: wide) == element)
        #expect(try socket.sets(in: table).dropFirst() == [wide, map])
        #expect(try socket.rules(in: table).map(\.rule) == [rule])
    }

    @Test func `a batch that no subsystem takes is an error about the whole batch`() throws {
        let socket = try prepare()
        var batch = NFTablesBatch()
        batch.add(NFTables.Chain(table, "one"))
        let error = #expect(throws: NetlinkError.self) {
            try socket.socket.transact(batch.batch, subsystem: 99, "whole")
        }
        #expect(error?.operation == "whole")
        #expect([EINVAL, EOPNOTSUPP].contains(error?.errno))
    }

    private final class Gate: OperationGate {
        let names = Mutex<[String]>([])

        func admit(_ operation: String) -> CInt? {
            names.withLock { $0.append(operation) }
            return operation.hasPrefix("add chain") ? EIO : nil
        }
    }

    @Test func `a batch passes the gate once, under the names of its changes`() throws {
        let socket = try prepare()
        let gate = Gate()
        try Operations.withGate(gate) {
            try socket.perform { batch in
                batch.add(NFTables.Table(table))
                batch.add(element(1), to: pods)
            }
            let error = failure(socket) { $0.add(NFTables.Chain(table, "one")) }
            #expect(error == NetlinkError(operation: "add chain inet cni one", errno: EIO))
            try socket.perform { batch in
                for number in 0..<100 { batch.add(element(number), to: pods) }
            }
        }
        let names = gate.names.withLock { $0 }
        #expect(names.count == 3)
        #expect(names[0] == "add table inet cni; add element inet cni pods4 { 10.0.0.1 : accept }")
        #expect(names[2].hasSuffix("; and 95 more"))
        #expect(names[2].utf8.count < 300)
        #expect(try socket.chain("one", in: table) == nil)
    }
}
