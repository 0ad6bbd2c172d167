// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// Whether a firewall drops forwarded packets unless told otherwise.
struct ForwardPolicyExamination: Examination {
    let id = "forward-policy-drop"
    let healthy = "no firewall drops forwarded packets by default"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        try survey.rules().dropping.map { found in
            let chain = found.chain
            let decides =
                found.ruleCount == 0
                ? "It has no rule, so that nothing gets through."
                : "Only what one of its \(found.ruleCount) rules accepts gets through: see `nft list chain \(chain)`."
            return Finding(
                id, found.ruleCount == 0 ? .problem : .warning, "the chain \(chain) drops by default",
                "Packets from and to containers go through it. \(decides) An accept in another chain does not help: "
                    + "every chain at the hook has its say.",
                remedy: "nft add chain \(chain.table) \(chain.name.quoted) '{ policy accept; }'")
        }
    }
}

/// Whether there are rules that nf_tables does not show.
struct LegacyFilterExamination: Examination {
    let id = "legacy-iptables"
    let healthy = "no rules of the legacy iptables filter forwarded packets"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        var findings: [Finding] = []
        for (file, command) in [("ip_tables_names", "iptables"), ("ip6_tables_names", "ip6tables")]
        where try survey.text("thread-self/net/\(file)")?.contains("filter") == true {
            findings.append(
                Finding(
                    id, .warning, "the legacy \(command) has a filter table",
                    "It is beside nf_tables and cannot be seen through it. If the policy of its chain FORWARD is DROP, "
                        + "and no rule accepts containers' packets, they are lost.",
                    remedy: "\(command)-legacy -S FORWARD"))
        }
        return findings
    }
}
