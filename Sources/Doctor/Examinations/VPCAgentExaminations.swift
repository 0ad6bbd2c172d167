// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

/// Whether the agent runs that pods on ENIs get their addresses from.
struct VPCAgentExamination: Examination {
    let id = "vpc-agent-not-running"
    let healthy = "vpc-agent runs where pods are on ENIs"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        var findings: [Finding] = []
        for socket in try VPCNode(survey)?.sockets ?? [] where try !survey.answers(socket) {
            findings.append(
                Finding(
                    id, .problem, "vpc-agent does not listen at \(socket)",
                    "New pods get no address (vpc-eni fails with code 11, and the node is not ready), and rules that "
                        + "others change are not repaired. Running pods go on. It runs elsewhere if its --socket is not "
                        + "the configuration's agentSocket; otherwise its log says why it has ended."))
        }
        return findings
    }
}

/// Whether the agent of the Amazon VPC CNI runs beside ours: two owners give each address twice.
struct OtherVPCAgentExamination: Examination {
    let id = "vpc-two-agents"
    let healthy = "ENIs have one owner"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        if try VPCNode(survey) == nil { return [] }
        let processes = try survey.processes(named: "aws-k8s-agent")
        if processes.isEmpty { return [] }
        return [
            Finding(
                id, .problem, "aws-node runs beside vpc-agent",
                "Both own the node's ENIs: an address is given to two pods, and each takes the other's rules and ENIs away. "
                    + "Process \(processes.joined(separator: ", ")) is aws-k8s-agent. Its DaemonSet has to leave this "
                    + "node (a nodeSelector or an affinity), and vpc-agent then takes its pods over.")
        ]
    }
}

/// Whether chains of the Amazon VPC CNI still translate what pods send.
struct VPCLeftOverChainsExamination: Examination {
    let id = "vpc-chains-left-over"
    let healthy = "no chains of another plugin translate pods' packets"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        if try VPCNode(survey) == nil { return [] }
        let chains = try survey.rules().chainsOfOthers
        var findings: [Finding] = []
        if let first = chains.first {
            findings.append(finding(chains.map(\.name), "nft list chain \(first)", "iptables"))
        }
        for (family, command) in [(IPAddress.Family.v4, "iptables-legacy"), (.v6, "ip6tables-legacy")] {
            for table in ["nat", "mangle"] {
                let names = try LegacyTable(table, family, in: survey)?.chains.filter { $0.hasPrefix("AWS-") }
                guard let names, let first = names.first else { continue }
                findings.append(finding(names, "\(command) -t \(table) -S \(first)", command))
            }
        }
        return findings
    }

    private func finding(_ chains: [String], _ look: String, _ command: String) -> Finding {
        let programs =
            command == "iptables"
            ? ("iptables-save", "iptables-restore") : ("\(command)-save", "\(command)-restore")
        return Finding(
            id, .warning, "chains of aws-node are left over: \(chains.summary)",
            "They translate what leaves the networks that the VPC had when aws-node ended, besides what vpc-agent's table "
                + "does: pods lose their address on the way to networks that were added since. (\(look))",
            remedy: "sh -c '\(programs.0) | grep -v AWS- | \(programs.1)'")
    }
}

/// Whether rules of the Amazon VPC CNI lead packets of pods that are gone.
struct VPCLeftOverRulesExamination: Examination {
    let id = "vpc-rules-left-over"
    let healthy = "rules of pods are those of pods that there are"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        guard let node = try VPCNode(survey) else { return [] }
        let pods = Set(
            try survey.routes().filter { $0.index != nil && $0.route.table == Route.mainTable }.map(
                \.route.destination))
        let idle = node.rules.filter { rule in
            guard !VPCNode.isOurs(rule), let pod = rule.pod else { return false }
            return !pods.contains(pod)
        }
        if idle.isEmpty { return [] }
        let addresses = Set(idle.compactMap { $0.pod?.address }).sorted().map { "\($0)" }
        let commands = idle.map { rule in
            "ip \(rule.family == .v4 ? "-4" : "-6") rule del priority \(rule.priority) "
                + (rule.source.map { "from \($0)" } ?? rule.destination.map { "to \($0)" } ?? "")
        }
        return [
            Finding(
                id, .warning, "rules for addresses that no pod has: \(addresses.summary)",
                "aws-node has made them for pods that have ended since, and they have no mark by which their DEL could have "
                    + "known them. A next pod with such an address on another ENI leaves by the wrong one. "
                    + "(ip rule show)",
                remedy: "sh -c '\(commands.joined(separator: "; "))'")
        ]
    }
}

extension Rule {
    /// The pod that a rule of aws-node's is for: 512 leads to it, 1536 from it.
    fileprivate var pod: IPPrefix? {
        let address =
            priority == 512 && source == nil
            ? destination : priority == 1536 && destination == nil ? source : nil
        guard let address, address == IPPrefix(host: address.address), fwmark == nil, input == nil else {
            return nil
        }
        return address
    }
}

/// Whether the agent's table of nf_tables is there, without which what pods send out of the VPC keeps its source.
struct VPCTableExamination: Examination {
    let id = "vpc-table-missing"
    let healthy = "nf_tables has what pods on ENIs need"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        guard let node = try VPCNode(survey) else { return [] }
        // A node without ENIs' rules has not been set up yet.
        if node.leading.isEmpty, try survey.attachedLinks().isEmpty { return [] }
        if try survey.rules().hasVPCTable { return [] }
        return [
            Finding(
                id, .problem, "the table \(VPCNode.table) is not there",
                "What pods send out of the VPC keeps their source and gets no answer, node ports of pods on secondary "
                    + "ENIs are not answered, and the metadata service is open to pods. A reload of nftables or a "
                    + "firewall's flush has taken it; vpc-agent puts it back at once while it runs.")
        ]
    }
}
