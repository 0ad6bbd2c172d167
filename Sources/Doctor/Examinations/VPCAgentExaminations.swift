// SPDX-License-Identifier: Apache-2.0

internal import Netlink

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
        guard let first = chains.first else { return [] }
        return [
            Finding(
                id, .warning, "chains of aws-node are left over: \(chains.map(\.name).summary)",
                "They translate what leaves the networks that the VPC had when aws-node ended, besides what vpc-agent's table "
                    + "does: pods lose their address on the way to networks that were added since. "
                    + "(nft list chain \(first))",
                remedy: "sh -c 'iptables-save | grep -v AWS- | iptables-restore'")
        ]
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
