// SPDX-License-Identifier: Apache-2.0

internal import Netlink
internal import NetworkState

/// Whether others' rules decide over containers' packets before those of ours in the same chain.
struct ForwardOrderExamination: Examination {
    let id = "forward-rules-behind"
    let healthy = "no rule of others comes before those of ours"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        try survey.rules().overtaken.map { found in
            let targets = found.rules.flatMap(\.targets)
            let names = targets.isEmpty ? "" : " (they lead to \(targets.joined(separator: ", ")))"
            return Finding(
                id, .warning,
                "\(found.rules.count) rules of others come before ours in the chain \(found.chain)",
                "They\(names) may drop containers' packets, and come before the administrator's chain. The next ADD, or "
                    + "cni repair, puts ours in front again (nft -a list chain \(found.chain)).")
        }
    }
}
