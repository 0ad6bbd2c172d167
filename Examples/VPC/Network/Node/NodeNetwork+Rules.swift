// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

/// The priorities of routing policy rules.
enum RulePriority {
    /// Neighbour discovery on a branch, before ``branch``.
    static let branchNeighbours: UInt32 = 9
    /// What comes from a branch, or from a pod on one, if branches are strict.
    static let branch: UInt32 = 10
    /// The host's own addresses, if branches are strict.
    static let movedLocal: UInt32 = 20
    /// What goes to a pod.
    static let toPod: UInt32 = 512
    /// What the primary ENI has to send.
    static let marked: UInt32 = 1024
    /// What goes to networks that the primary ENI leads to.
    static let service: UInt32 = 1535
    /// What comes from a pod on another ENI than the primary one.
    static let fromPod: UInt32 = 1536
    /// What comes from an ENI's primary address.
    static let fromENI: UInt32 = 32765
}

extension NodeNetwork {
    /// Adds the rules that are not about a pod.
    func addRules(to state: inout NetworkState, given found: ObservedState) {
        for family in IPAddress.Family.allCases {
            state.sweep(.rules(family, protocol: Self.routingProtocol), in: .host)
            guard families.contains(family) else { continue }
            for eni in enis where !eni.isPrimary {
                guard let part = eni[family] else { continue }
                var rule = Rule(family, priority: RulePriority.fromENI, table: eni.table)
                rule.source = IPPrefix(host: part.primaryAddress)
                add(rule, to: &state)
            }
            if needsMarks(family) {
                var rule = Rule(family, priority: RulePriority.marked, table: RouteTable.main)
                (rule.fwmark, rule.fwmask) = (connectionMark, connectionMark)
                add(rule, to: &state)
            }
            for network in serviceCIDRs where network.family == family {
                var rule = Rule(family, priority: RulePriority.service, table: RouteTable.main)
                rule.destination = network.network
                add(rule, to: &state)
            }
            if hasStrictBranches { moveLocalRule(family, in: &state, given: found) }
        }
    }

    /// Puts the rule for the host's own addresses behind those of branches.
    ///
    /// The kernel's own one goes only when the other is there: without either the host would not know its own addresses.
    private func moveLocalRule(
        _ family: IPAddress.Family, in state: inout NetworkState, given found: ObservedState
    ) {
        let moved = Rule(family, priority: RulePriority.movedLocal, table: RouteTable.local)
        // It stays without the agent: no protocol number by which it would be swept.
        state.add(.rule(moved), in: .host, for: .host)
        if found[Object.rule(moved).key, in: .host] != nil {
            state.exclude(.rule(Rule(family, priority: 0, table: RouteTable.local)), in: .host)
        }
    }

    /// Puts the rule for the host's own addresses back in front of all others, if it was moved.
    static func restoreLocalRule(
        _ family: IPAddress.Family, in state: inout NetworkState, given found: ObservedState
    ) {
        let moved = Object.rule(Rule(family, priority: RulePriority.movedLocal, table: RouteTable.local))
        if found[moved.key, in: .host] == nil { return }
        var own = Rule(family, priority: 0, table: RouteTable.local)
        own.protocol = .kernel
        state.add(.rule(own), in: .host, for: .host)
        // As the other way round: the one goes only when the other is there.
        if found[Object.rule(own).key, in: .host] != nil { state.exclude(moved, in: .host) }
    }

    private func add(_ rule: Rule, to state: inout NetworkState) {
        var rule = rule
        rule.protocol = Self.routingProtocol
        state.add(.rule(rule), in: .host, for: .host)
    }
}
