// SPDX-License-Identifier: Apache-2.0

import Glibc
import Namespaces
import TestSupport
import Testing

@testable import Netlink

/// tc(8) reads what we write, and we read what tc(8) writes.
@Suite("Traffic control", .needsNetworkNamespaces, .needsProgram("/usr/sbin/tc"))
struct TrafficControlTests {
    private let namespace: NamespaceOwner
    private let socket: RoutingSocket
    private let a: UInt32
    private let b: UInt32

    init() throws {
        namespace = try NamespaceOwner()
        socket = try RoutingSocket(in: namespace.handle)
        try socket.perform { batch in
            batch.addLink("a", .veth(Veth(peer: Veth.Peer(name: "b"))), LinkAttributes(isUp: true))
            batch.setLink(.name("b"), LinkAttributes(isUp: true))
        }
        let links = try socket.links(named: ["a", "b"])
        a = try #require(links.first).index
        b = try #require(links.last).index
    }

    private func tc(_ words: String) throws -> String {
        try Command.run("/usr/sbin/tc", words.split(separator: " ").map(String.init), in: namespace.handle)
    }

    @Test(.needsQdisc(.tbf(TokenBucket(rate: 1_000_000, burst: 10_000, limit: 10_000)))) func `tbf`() throws {
        let limit = TokenBucket.limit(rate: 1_250_000, burst: 16_000, latency: 25_000)
        let qdisc = Qdisc(
            .tbf(TokenBucket(rate: 1_250_000, burst: 16_000, limit: limit)), handle: TrafficHandle(1))
        try socket.perform { $0.qdisc(.add, qdisc, on: a, named: "a") }
        #expect(try tc("qdisc show dev a").contains("qdisc tbf 1: root"))
        #expect(try tc("qdisc show dev a").contains("rate 10Mbit burst 16000b lat 25ms"))
        let found = try socket.qdiscs(on: a)
        #expect(found.map(\.qdisc) == [qdisc])
        // Changed in place, and removed.
        var faster = qdisc
        faster.kind = .tbf(TokenBucket(rate: 2_500_000, burst: 16_000, limit: limit))
        #expect(!faster.isSatisfied(by: qdisc))
        try socket.perform { $0.qdisc(.replace, faster, on: a) }
        #expect(try faster.isSatisfied(by: #require(socket.qdiscs(on: a).first).qdisc))
        try socket.perform { $0.qdisc(.delete, faster, on: a) }
        #expect(try socket.qdiscs(on: a).isEmpty)
    }

    @Test(
        .needsQdisc(.tbf(TokenBucket(rate: 1_000_000, burst: 10_000, limit: 10_000))),
        arguments: [
            (UInt64(12_500), UInt32(1_600)), (125_000, 15_000), (1_250_000_000, 1_000_000),
            (12_500_000_000, 50_000_000),
            (1_234_567, 4_321),
        ]) func `rates and bursts of every size come back`(rate: UInt64, burst: UInt32) throws
    {
        var bucket = TokenBucket(rate: rate, burst: burst, limit: 3 * burst)
        bucket.peakRate = rate * 2
        bucket.peakBurst = max(1_600, burst / 2)
        let qdisc = Qdisc(.tbf(bucket))
        try socket.perform { $0.qdisc(.add, qdisc, on: a) }
        let found = try #require(try socket.qdiscs(on: a).first).qdisc
        #expect(qdisc.isSatisfied(by: found), "\(found)")
        // What was read is written again, and then read the same.
        try socket.perform { $0.qdisc(.replace, found, on: a) }
        #expect(try found.isSatisfied(by: #require(socket.qdiscs(on: a).first).qdisc))
    }

    @Test(.needsQdisc(.tbf(TokenBucket(rate: 1_000_000, burst: 10_000, limit: 10_000))))
    func `a bucket that tc made is the one that we would make`() throws {
        #expect(try tc("qdisc add dev a root tbf rate 8mbit burst 20000 latency 50ms") == "")
        let limit = TokenBucket.limit(rate: 1_000_000, burst: 20_000, latency: 50_000)
        let qdisc = Qdisc(.tbf(TokenBucket(rate: 1_000_000, burst: 20_000, limit: limit)))
        #expect(try qdisc.isSatisfied(by: #require(socket.qdiscs(on: a).first).qdisc))
    }

    @Test(.needsQdisc(.ingress)) func `ingress`() throws {
        try socket.perform { $0.qdisc(.add, Qdisc(.ingress), on: a) }
        #expect(try tc("qdisc show dev a").contains("qdisc ingress ffff: parent ffff:fff1"))
        #expect(try socket.qdiscs(on: a).map(\.qdisc) == [Qdisc(.ingress)])
        let error = #expect(throws: NetlinkError.self) {
            try socket.perform { $0.qdisc(.add, Qdisc(.ingress), on: a, named: "a") }
        }
        #expect(error?.errno == EEXIST)
        #expect(error?.operation == "qdisc add dev a ffff:fff1 ingress")
        try socket.perform { $0.qdisc(.delete, Qdisc(.ingress), on: a) }
        #expect(try socket.qdiscs(on: a).isEmpty)
    }

    @Test(.needsQdisc(.clsact), .needsFilter(.u32(U32([])))) func `clsact has filters for both directions`()
        throws
    {
        let inwards = TrafficFilter(.u32(U32([.mirred(.init(to: b))])), parent: .clsactIngress, priority: 7)
        let outwards = TrafficFilter(
            .u32(
                U32(
                    matching: [
                        U32.Key(0x0a00_0001, mask: 0xffff_ffff, at: 16),
                        U32.Key(0x0006_0000, mask: 0x00ff_0000, at: 8),
                    ],
                    [.mirred(.init(to: b, isCopy: true))])),
            parent: .clsactEgress, priority: 9, etherType: 0x0800)
        try socket.perform { batch in
            batch.qdisc(.add, Qdisc(.clsact), on: a)
            batch.filter(.add, inwards, on: a)
            batch.filter(.add, outwards, on: a)
        }
        let ingress = try tc("filter show dev a ingress")
        #expect(ingress.contains("filter protocol all pref 7 u32"))
        #expect(ingress.contains("mirred (Egress Redirect to device b) stolen"))
        let egress = try tc("filter show dev a egress")
        #expect(egress.contains("filter protocol ip pref 9 u32"))
        #expect(egress.contains("match 0a000001/ffffffff at 16"))
        #expect(egress.contains("match 00060000/00ff0000 at 8"))
        #expect(egress.contains("mirred (Egress Mirror to device b) pipe"))
        for wanted in [inwards, outwards] {
            let found = try socket.filters(on: a, parent: wanted.parent)
            let mine = found.filter { wanted.isSatisfied(by: $0) }
            #expect(mine.count == 1, "\(found)")
            // The table that the kernel has made is kept, too.
            #expect(found.count == 2)
            try socket.perform { batch in for filter in mine { batch.filter(.delete, filter, on: a) } }
            #expect(try !socket.filters(on: a, parent: wanted.parent).contains { wanted.isSatisfied(by: $0) })
        }
    }

    @Test(.needsQdisc(.ingress), .needsFilter(.u32(U32([]))))
    func `a redirection that tc made is the one that we would make`()
        throws
    {
        #expect(try tc("qdisc add dev a ingress") == "")
        #expect(
            try tc(
                "filter add dev a parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev b"
            )
                == "")
        let wanted = TrafficFilter(.u32(U32([.mirred(.init(to: b))])), parent: .ingressDiscipline)
        let found = try socket.filters(on: a, parent: .ingressDiscipline)
        #expect(found.filter { wanted.isSatisfied(by: $0) }.count == 1, "\(found)")
    }

    @Test(.needsQdisc(.ingress), .needsFilter(.matchall(Matchall([])))) func `matchall`() throws {
        let wanted = TrafficFilter(
            .matchall(Matchall([.mirred(.init(to: b, isIngress: true))])), parent: .ingressDiscipline,
            priority: 3,
            handle: 1)
        try socket.perform { batch in
            batch.qdisc(.add, Qdisc(.ingress), on: a)
            batch.filter(.add, wanted, on: a)
        }
        #expect(try tc("filter show dev a ingress").contains("mirred (Ingress Redirect to device b) stolen"))
        #expect(try socket.filters(on: a, parent: .ingressDiscipline) == [wanted])
    }

    @Test(.needsQdisc(.other("pfifo"))) func `a discipline without words of ours is kept as it is`() throws {
        #expect(try tc("qdisc add dev a root handle 5: pfifo limit 77") == "")
        let found = try #require(try socket.qdiscs(on: a).first).qdisc
        #expect(found == Qdisc(.other("pfifo", options: [77, 0, 0, 0]), handle: TrafficHandle(5)))
        #expect(
            !Qdisc(.other("pfifo", options: [78, 0, 0, 0]), handle: TrafficHandle(5)).isSatisfied(by: found))
        try socket.perform { batch in
            batch.qdisc(.delete, found, on: a)
            batch.qdisc(.add, found, on: a)
        }
        #expect(try tc("qdisc show dev a").contains("pfifo 5: root refcnt"))
        #expect(try socket.qdiscs(on: a).map(\.qdisc) == [found])
    }

    @Test func `hostile replies are errors, and never trap`() throws {
        var random = NFTablesRandom(45)
        var batch = Batch()
        batch.qdisc(.add, Qdisc(.tbf(TokenBucket(rate: 1, burst: 2, limit: 3))), on: 1)
        batch.filter(
            .add, TrafficFilter(.u32(U32([.mirred(.init(to: 7))])), parent: .clsactIngress), on: 1)
        batch.filter(
            .add, TrafficFilter(.matchall(Matchall([.other("gact", options: [1])])), parent: .root), on: 1)
        let messages = try Message.all(in: batch.entries.flatMap(\.bytes)[...])
        #expect(try Qdisc.decode(messages[0]) != nil)
        var taken = 0
        for _ in 0..<5_000 {
            for message in messages {
                var payload = [UInt8](message.payload)
                for _ in 0..<random.below(5) { payload[random.below(payload.count)] = random.bytes(1)[0] }
                payload = Array(payload.prefix(payload.count - random.below(2) * random.below(payload.count)))
                let changed = Message(type: message.type, flags: 0, sequence: 1, payload: payload[...])
                if (try? Qdisc.decode(changed)) ?? nil != nil { taken += 1 }
                if (try? TrafficFilter.decode(changed)) ?? nil != nil { taken += 1 }
            }
        }
        #expect(taken > 1_000)
    }
}

/// A namespace that several tests' functions use.
final class NamespaceOwner {
    let handle: NetworkNamespace

    init() throws { handle = try NetworkNamespace.anonymous() }
}

extension Trait where Self == ConditionTrait {
    /// Skips where the kernel does not have a queueing discipline.
    static func needsQdisc(_ kind: Qdisc.Kind) -> Self {
        .enabled("needs CONFIG_NET_SCH_\(kind.name.uppercased())") {
            let socket = try RoutingSocket(in: NetworkNamespace.anonymous())
            do throws(NetlinkError) {
                try socket.perform { $0.qdisc(.add, Qdisc(kind), on: 1) }
            } catch {
                return error.errno != ENOENT
            }
            return true
        }
    }

    /// Skips where the kernel does not have a classifier.
    fileprivate static func needsFilter(_ classifier: TrafficFilter.Classifier) -> Self {
        .enabled("needs CONFIG_NET_CLS_\(classifier.name.uppercased())") {
            let socket = try RoutingSocket(in: NetworkNamespace.anonymous())
            do throws(NetlinkError) {
                try socket.perform { batch in
                    batch.qdisc(.add, Qdisc(.ingress), on: 1)
                    batch.filter(.add, TrafficFilter(classifier, parent: .ingressDiscipline), on: 1)
                }
            } catch {
                return error.errno != ENOENT
            }
            return true
        }
    }
}
