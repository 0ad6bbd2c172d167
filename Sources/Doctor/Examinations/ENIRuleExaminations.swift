// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

/// Whether the tables that rules lead to have a way out, and pods have their rules.
struct ENITableExamination: Examination {
    let id = "eni-way-missing"
    let healthy = "pods' packets have a way by their ENI"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        guard let node = try VPCNode(survey) else { return [] }
        let routes = try survey.routes().map(\.route)
        var findings: [Finding] = []
        for family in IPAddress.Family.allCases {
            let leading = node.leading.filter { $0.family == family }
            for table in leading.map(\.table).sortedOnce() {
                let hasWay = routes.contains {
                    $0.table == table && $0.destination == .everything(family)
                }
                if hasWay { continue }
                let sources = leading.filter { $0.table == table }.compactMap { $0.source?.address }
                findings.append(
                    Finding(
                        id, .problem,
                        "table \(table) has no \(family == .v4 ? "IPv4" : "IPv6") default route",
                        "What comes from \(sources.map { "\($0)" }.summary) is led to it and leaves by the "
                            + "primary ENI, where the VPC drops it: that ENI does not own these addresses. Another "
                            + "agent of the host, or a link that went down, has taken the routes; vpc-agent puts "
                            + "them back while it runs. (ip route show table \(table))"))
            }
        }
        return findings + (try withoutRules(node, survey))
    }

    /// The pods to which a route leads and no rule, so that those on other ENIs do not reach them.
    private func withoutRules(_ node: VPCNode, _ survey: Survey) throws(Obstacle) -> [Finding] {
        let links = try survey.attachedLinks().map(\.link.index)
        let pods = try survey.routes().filter { index, route in
            index.map(links.contains) == true && route.table == Route.mainTable
                && route.protocol == Ownership.routingProtocol
                && route.destination == IPPrefix(host: route.destination.address)
        }.map(\.route.destination)
        let bare = pods.filter { pod in !node.rules.contains { $0.destination == pod } }
        if bare.isEmpty || node.leading.isEmpty { return [] }
        return [
            Finding(
                id, .problem, "rules to \(bare.map { "\($0.address)" }.summary) are missing",
                "Pods on secondary ENIs, and the node itself, reach these pods by way of the VPC or not at all. Whoever "
                    + "removed the rules may have removed those from the pods, too. They come back when the pods are "
                    + "attached again. (ip rule show)")
        ]
    }
}

/// Whether somebody else's rules take packets of ENIs' addresses first.
struct ForeignRuleExamination: Examination {
    let id = "eni-rules-of-others"
    let healthy = "no rules of others lead packets of ENIs' addresses"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        guard let node = try VPCNode(survey) else { return [] }
        let foreign = node.rules.filter { rule in
            guard !VPCNode.isOurs(rule), ![253, 254, 255].contains(rule.table) else { return false }
            return node.leading.contains { ours in
                ours.family == rule.family && rule.priority < ours.priority && rule.takes(ours)
            }
        }
        guard let first = foreign.first else { return [] }
        return [
            Finding(
                id, .problem, "\(foreign.count) rules of others come before those of ENIs: \(first.text)",
                "They lead what comes from ENIs' addresses to tables of their own. nm-cloud-setup makes such rules (30200 "
                    + "to 30400), amazon-ec2-net-utils (tables from 10001), and aws-node that was here before. "
                    + "Switch off who makes them, and remove them.",
                remedy: "ip \(first.family == .v4 ? "-4" : "-6") rule del priority \(first.priority)")
        ]
    }
}

extension Rule {
    /// Whether the rule is for what another one is for, as far as sources tell.
    fileprivate func takes(_ other: Rule) -> Bool {
        if isInverted || fwmark != nil || input != nil || output != nil || destination != nil { return false }
        guard let source else { return true }
        guard let theirs = other.source else { return false }
        return source.length <= theirs.length && source.contains(theirs.address)
    }
}

extension [UInt32] {
    fileprivate func sortedOnce() -> [UInt32] { Set(self).sorted() }
}
