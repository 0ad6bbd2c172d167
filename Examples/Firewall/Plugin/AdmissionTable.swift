// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import Netlink
internal import NetworkState

/// `table inet cni_firewall`: which packets pass through the host.
///
/// A packet that one table accepts goes on to the next, which may drop it: iptables' `filter` table often does. So what is
/// let through has a bit of its mark while it passes that table, in which a rule at the start of FORWARD accepts packets
/// with the bit; before and after nothing has it. Another rule has the administrator's chain of that table asked first.
enum AdmissionTable {
    static let name = NFTables.TableName(.inet, "cni_firewall")
    /// The bit of a packet's mark, between two chains at the hook `forward`.
    static let bit: UInt32 = 0x1000
    private static let admitted = NFTables.Chain(name, "admitted")
    private static let halves = [Half(.v4), Half(.v6)]

    private struct Half {
        let family: IPAddress.Family
        /// Addresses whose packets pass.
        let pods: NFTables.Set
        /// Addresses of containers that have a policy.
        let closed: NFTables.Set
        /// By address, the chain that says from where a container is reached.
        let policies: NFTables.Set
        /// The chain of iptables.
        let forward: NFTables.Chain

        init(_ family: IPAddress.Family) {
            self.family = family
            let (type, digit): (NFTables.FieldType, String) =
                family == .v4 ? (.ipv4Address, "4") : (.ipv6Address, "6")
            pods = NFTables.Set(name, "pods\(digit)", key: [type])
            closed = NFTables.Set(name, "closed\(digit)", key: [type])
            policies = NFTables.Set(name, "policies\(digit)", key: [type], kind: .verdictMap)
            // As iptables-nft(8) makes it.
            forward = NFTables.Chain(
                NFTables.TableName(family == .v4 ? .ip : .ip6, "filter"), "FORWARD",
                base: NFTables.Base(.filter, .forward, priority: NFTables.Priority.filter))
        }
    }

    /// Adds what all attachments share.
    ///
    /// - Parameter adminChain: The chain of iptables for the administrator's rules, which come before ours.
    static func add(to state: inout NetworkState, adminChain: String) {
        func add(_ object: FirewallObject) { state.add(.firewall(object), in: .host, for: .network) }
        func base(_ title: String, _ turn: Int32, _ rules: (NFTables.Chain) -> [NFTables.Rule]) {
            let base = NFTables.Base(.filter, .forward, priority: NFTables.Priority.filter + turn)
            let chain = NFTables.Chain(name, title, base: base)
            add(.chain(chain, rules: rules(chain)))
        }
        add(.table(NFTables.Table(name, comment: "containers' packets through the host")))
        for half in halves {
            for set in [half.pods, half.closed, half.policies] { add(.set(set)) }
        }
        add(
            .chain(
                admitted,
                rules: [NFTables.Rule(in: admitted).setMark(bit, mask: bit).accept()]))
        base("forward", -2) { chain in
            [NFTables.Rule(in: chain).mark(bit, mask: bit).setMark(0, mask: bit)]
                + halves.map { NFTables.Rule(in: chain).daddr($0.family, vmap: $0.policies.name) }
                + halves.map {
                    NFTables.Rule(in: chain).saddr($0.family, in: $0.pods.name).jump(admitted.name)
                }
                + halves.map {
                    NFTables.Rule(in: chain).daddr($0.family, in: $0.pods.name)
                        .ctState([.established, .related]).jump(admitted.name)
                }
        }
        base("forwarded", 1) { [NFTables.Rule(in: $0).mark(bit, mask: bit).setMark(0, mask: bit)] }
        for half in halves {
            let rule = NFTables.Rule(in: half.forward, comment: Ownership.sharedMark)
            add(.openTable(NFTables.Table(half.forward.table)))
            add(.openChain(NFTables.Chain(half.forward.table, adminChain)))
            add(.openChain(half.forward))
            for rule in [rule.jump(adminChain), rule.mark(bit, mask: bit).accept()] {
                add(.guestRule(GuestRule(rule, of: name)))
            }
        }
    }

    /// Adds what lets packets from these addresses pass, and the answers to them.
    static func admit(_ addresses: [IPAddress], in state: inout NetworkState) {
        for half in halves {
            for address in addresses where address.family == half.family {
                add([.address(address)], in: half.pods, to: &state)
            }
        }
    }

    /// Adds what keeps packets of other containers from these addresses.
    static func close(
        _ addresses: [IPAddress], to bridge: String, _ policy: FirewallConfiguration.IngressPolicy,
        in state: inout NetworkState
    ) {
        let isIsolated = policy == .isolated
        let chain = NFTables.Chain(name, "\(isIsolated ? "isolated" : "same")-\(bridge)")
        let inside = NFTables.Rule(in: chain).iifname(bridge)
        let rules =
            [isIsolated ? inside.drop() : inside.return()]
            + halves.map { NFTables.Rule(in: chain).saddr($0.family, in: $0.closed.name).drop() }
        state.add(.firewall(.chain(chain, rules: rules)), in: .host, for: .network)
        for half in halves {
            for address in addresses where address.family == half.family {
                add([.address(address)], in: half.closed, to: &state)
                add([.address(address)], .verdict(.jump(chain.name)), in: half.policies, to: &state)
            }
        }
    }

    /// Has a DEL that names no policy look whether the container has one.
    static func trace(_ addresses: [IPAddress], in state: inout NetworkState) {
        for half in halves {
            for address in addresses where address.family == half.family {
                state.trace(NFTables.Element([.address(address)]), in: half.closed)
            }
        }
    }

    private static func add(
        _ key: [NFTables.Value], _ data: NFTables.Element.Data? = nil, in set: NFTables.Set,
        to state: inout NetworkState
    ) {
        state.add(.firewall(.element(NFTables.Element(key, data: data), in: set)), in: .host)
    }
}
