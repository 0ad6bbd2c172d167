// SPDX-License-Identifier: Apache-2.0

import Addressing
import Netlink
import Testing

@testable import NetworkState

/// Chains that can do nothing, and elements that something else has taken the place of.
struct IdleChainsTests {
    private let table = NFTables.TableName(.inet, "t")
    private let hook = NFTables.Base(.nat, .prerouting, priority: -100)

    private func chain(_ name: String, _ base: NFTables.Base? = nil) -> NFTables.Chain {
        NFTables.Chain(table, name, base: base)
    }

    private func isIdle(
        _ base: NFTables.Base, empty: [String], _ rules: (NFTables.Rule, NFTables.Rule) -> [NFTables.Rule]
    ) -> Bool {
        let (first, way) = (chain("first", base), chain("way"))
        let contents = IdleChains(
            chains: [first, way], rules: rules(NFTables.Rule(in: first), NFTables.Rule(in: way)),
            emptySets: empty)
        return contents.isIdle("first")
    }

    @Test(arguments: [(["ports", "map"], true), (["ports"], false), (["map"], false), ([], false)])
    func `a chain is idle if each of its rules looks into an empty set`(empty: [String], isIdle: Bool) {
        let found = self.isIdle(hook, empty: empty) { first, _ in
            [
                first.nfproto(.v4).match([.l4proto, .thDport], in: "ports").fibDaddrType(.local).drop(),
                first.dnat(.v4, toAddressAndPortOf: [.l4proto, .thDport], in: "map"),
            ]
        }
        #expect(found == isIdle)
    }

    @Test func `a chain that leads only to an idle one is idle`() {
        for leads in [{ (rule: NFTables.Rule) in rule.jump("way") }, { $0.goto("way") }] {
            let idle = isIdle(hook, empty: ["ways"]) { [leads($0), $1.vmap([.thDport], "ways")] }
            let busy = isIdle(hook, empty: []) { [leads($0), $1.vmap([.thDport], "ways")] }
            #expect(idle && !busy)
        }
        #expect(!isIdle(hook, empty: []) { first, _ in [first.jump("elsewhere")] })
    }

    @Test func `what comes before the look into a set counts, and so does a policy`() {
        #expect(!isIdle(hook, empty: ["s"]) { first, _ in [first.counter().saddr(.v4, in: "s").drop()] })
        #expect(!isIdle(hook, empty: ["s"]) { first, _ in [first.saddr(.v4, in: "s", isNot: true).drop()] })
        let drop = NFTables.Base(.filter, .forward, priority: 0, policy: .drop)
        #expect(!isIdle(drop, empty: ["s"]) { first, _ in [first.saddr(.v4, in: "s").accept()] })
        #expect(!isIdle(hook, empty: ["s"]) { first, way in [first.jump("way"), way.jump("first")] })
    }
}

struct ReplacedElementTests {
    private let table = NFTables.TableName(.inet, "t")
    private var ports: NFTables.Set {
        NFTables.Set(table, "ports", key: [.inetService], kind: .map([.ipv4Address]))
    }
    private var way: NFTables.Set { NFTables.Set(table, "way", key: [.inetService]) }
    private let key = [NFTables.Value.service(8080)]

    private func target(_ text: String) throws -> NFTables.Element.Data {
        .values([.address(try #require(IPAddress(text)))])
    }

    /// What is found: what the port leads to, whose it is, and whose the way's element is.
    private func replaced(_ text: String, _ owner: String, way wayOwner: String?) throws -> [[String]] {
        var state = NetworkState(owner: "net/a/eth0")
        let element = NFTables.Element(key, data: try target("10.1.0.2"))
        state.add(.firewall(.element(element, in: ports)), in: .host)
        state.add(.firewall(.element(NFTables.Element(key), in: way)), in: .host)
        var found = ObservedState()
        let old = NFTables.Element(key, data: try target(text), comment: owner)
        found.insert(.firewall(.element(old, in: ports)), in: .host)
        if let wayOwner {
            found.insert(
                .firewall(.element(NFTables.Element(key, comment: wayOwner), in: way)), in: .host)
        }
        return state.replacedElements(in: found).map(\.owners)
    }

    @Test func `only what is not as described is replaced`() throws {
        #expect(try replaced("10.1.0.2", "net/a/eth0", way: "net/a/eth0") == [])
        #expect(try replaced("10.1.0.2", "net/b/eth0", way: nil) == [])
        #expect(try replaced("10.1.0.9", "net/dead/eth0", way: nil) == [["net/dead/eth0"]])
        #expect(try replaced("10.1.0.2", "net/a/eth0", way: nil) == [["net/a/eth0"]])
        #expect(try replaced("10.1.0.2", "net/a/eth0", way: "net/dead/eth0") == [["net/a/eth0"]])
    }
}
