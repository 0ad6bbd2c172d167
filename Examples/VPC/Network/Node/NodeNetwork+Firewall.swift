// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

extension NodeNetwork {
    /// The nf_tables table of the node's rules.
    static let table = NFTables.TableName(.inet, "cni_vpc")
    /// What says whose it is.
    static let tableComment = "swift-cni: pods on ENIs"

    /// The instance metadata service's addresses.
    private static var metadataService: [IPPrefix] {
        [IPPrefix("169.254.169.254/32"), IPPrefix("fd00:ec2::254/128")].compactMap { $0 }
    }

    private var translates: Bool { translation != .external }

    /// Whether packets of a family may be marked to leave by the primary ENI.
    func needsMarks(_ family: IPAddress.Family) -> Bool {
        supportsNodePorts || family == .v4 && (translates || hasServices)
    }

    private var hasServices: Bool { serviceCIDRs.contains { $0.family == .v4 } }

    /// Adds the rules, whose number grows with the VPC's CIDRs and with nothing else.
    func addFirewall(to state: inout NetworkState) {
        let table = NFTables.Table(Self.table, comment: Self.tableComment)
        state.add(.firewall(.table(table)), in: .host, for: .host)
        let outside = NFTables.Chain(Self.table, "outside")
        add(.chain(outside, rules: outsideRules(in: outside)), if: true, to: &state)
        // Behind kube-proxy, whose destinations are pods' own addresses by then: of a service's address it is not known
        // whether it leads out of the VPC.
        let marking = chain("marking", .filter, .prerouting, NFTables.Priority.destinationNAT + 10)
        add(.chain(marking, rules: markingRules(in: marking)), if: true, to: &state)
        // Before kube-proxy, while a node port's destination is the node.
        let ports = chain("node-ports", .filter, .prerouting, NFTables.Priority.mangle)
        add(.chain(ports, rules: nodePortRules(in: ports)), if: supportsNodePorts, to: &state)
        let way = chain("translation", .nat, .postrouting, NFTables.Priority.sourceNAT)
        add(.chain(way, rules: translationRules(in: way)), if: translates || hasServices, to: &state)
        let metadata = chain("metadata", .filter, .forward, NFTables.Priority.filter)
        add(.chain(metadata, rules: metadataRules(in: metadata)), if: !allowsMetadata, to: &state)
    }

    private func chain(
        _ name: String, _ type: NFTables.Base.Kind, _ hook: NFTables.Base.Hook, _ priority: Int32
    ) -> NFTables.Chain {
        NFTables.Chain(Self.table, name, base: NFTables.Base(type, hook, priority: priority))
    }

    private func add(_ object: FirewallObject, if isWanted: Bool, to state: inout NetworkState) {
        if isWanted {
            state.add(.firewall(object), in: .host, for: .host)
        } else {
            state.exclude(.firewall(object), in: .host)
        }
    }

    /// Marks the connections of pods that are to leave by the primary ENI with its address: those out of the VPC.
    private func outsideRules(in chain: NFTables.Chain) -> [NFTables.Rule] {
        func rule() -> NFTables.Rule { NFTables.Rule(in: chain) }
        func mark(_ rule: NFTables.Rule) -> NFTables.Rule {
            rule.setCTMark(connectionMark, mask: connectionMark)
        }
        var rules = serviceCIDRs.filter { $0.family == .v4 }.flatMap { network in
            [mark(rule().daddr(network)), rule().daddr(network).return()]
        }
        guard translates else { return rules }
        for network in vpcCIDRs + excludedCIDRs where network.family == .v4 {
            rules.append(rule().daddr(network).return())
        }
        return rules + [mark(rule())]
    }

    /// Marks packets of pods by their connections, so that the rule for marked ones leads them to the primary ENI.
    private func markingRules(in chain: NFTables.Chain) -> [NFTables.Rule] {
        let fromPod = NFTables.Rule(in: chain).iifname(prefix: linkPrefix)
        return [
            fromPod.ofIPv4.ctState(.new).jump("outside"),
            fromPod.ctMark(connectionMark, mask: connectionMark).setMark(
                connectionMark, mask: connectionMark),
        ]
    }

    private func nodePortRules(in chain: NFTables.Chain) -> [NFTables.Rule] {
        guard let primary else { return [] }
        return [
            NFTables.Rule(in: chain).iifname(primary.link).fibDaddrType(.local).ctDirection(.original)
                .setCTMark(connectionMark, mask: connectionMark)
        ]
    }

    /// Translates what pods send out of the VPC.
    ///
    /// What comes to a port of the node has only its connection marked, and keeps its source.
    private func translationRules(in chain: NFTables.Chain) -> [NFTables.Rule] {
        guard let primary, let address = primary.v4?.primaryAddress else { return [] }
        let flags: NFTables.NATFlags =
            switch translation {
            case .node(.prng), .external: .fullyRandom
            case .node(.hashrandom): .random
            case .node(.none): []
            }
        return [
            NFTables.Rule(in: chain).ofIPv4.oifname(primary.link).mark(connectionMark, mask: connectionMark)
                .snat(to: address, flags: flags)
        ]
    }

    private func metadataRules(in chain: NFTables.Chain) -> [NFTables.Rule] {
        [linkPrefix, HostLinkName.strictPrefix].flatMap { prefix in
            Self.metadataService.map { service in
                NFTables.Rule(in: chain).iifname(prefix: prefix).daddr(service).reject()
            }
        }
    }
}

extension NFTables.Rule {
    /// As `meta nfproto ipv4`.
    fileprivate var ofIPv4: NFTables.Rule { then(.meta(.nfproto), .compare(.r0, .equal, [2])) }
}
