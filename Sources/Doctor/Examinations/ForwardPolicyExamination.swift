// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

/// Whether a firewall drops forwarded packets by default.
struct ForwardPolicyExamination: Examination {
    let id = "forward-policy-drop"
    let healthy = "no firewall drops forwarded packets by default"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        try survey.rules().dropping.map { found in
            let chain = found.chain
            let decides =
                found.ruleCount == 0
                ? "It has no rule, so that nothing gets through."
                : "Only what one of its \(found.ruleCount) rules accepts gets through (nft list chain \(chain))."
            return Finding(
                id, found.ruleCount == 0 ? .problem : .warning, "the chain \(chain) drops by default",
                "Packets from and to containers go through it. \(decides) An accept in another chain does "
                    + "not help: every chain at the hook has its say.",
                remedy: "nft add chain \(chain.table) \(chain.name.quoted) '{ policy accept; }'")
        }
    }
}

/// Whether the legacy iptables drop forwarded packets by default, which nf_tables does not show.
struct LegacyForwardPolicyExamination: Examination {
    let id = "legacy-forward-policy-drop"
    let healthy = "no legacy iptables drop forwarded packets by default"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        var findings: [Finding] = []
        for (family, command) in [(IPAddress.Family.v4, "iptables-legacy"), (.v6, "ip6tables-legacy")] {
            guard let filter = try LegacyTable("filter", family, in: survey) else { continue }
            guard let drops = filter.dropsByDefault(at: .forward) else {
                throw Obstacle(reason: "the policy of \(command)'s chain FORWARD is not to be read")
            }
            if !drops { continue }
            let hasRules = filter.hasRules(at: .forward)
            let decides = hasRules ? "Only what one of its rules accepts gets through." : "It has no rule."
            findings.append(
                Finding(
                    id, hasRules ? .warning : .problem,
                    "the chain FORWARD of \(command) drops by default",
                    "Packets from and to containers go through it, beside all chains of nf_tables. \(decides)",
                    remedy: "\(command) -P FORWARD ACCEPT"))
        }
        return findings
    }
}
