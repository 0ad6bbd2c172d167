// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes
internal import IPAM
internal import LinuxCore
internal import Netlink
internal import NetworkState

/// Whether iptables or nf_tables masquerade containers that are gone, or lead ports to them, as the CNI project's own plugins
/// had them.
///
/// Its bridge plugin leaves its rules when a container's namespace has gone before DEL; our DEL leaves those of the legacy
/// iptables, which only iptables(8) can change.
struct ReferenceRulesExamination: Examination {
    let id = "reference-rules-left-over"
    let healthy = "no rules of other plugins are left of containers that are gone"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        if survey.attachments == nil { return [] }
        var rules: [String] = []
        var chains: [String] = []
        var owners: [String] = []
        for rule in try ReferenceRule.all(survey) where try rule.isLeftOver(survey) {
            rules.append(rule.removal)
            chains += rule.chainRemoval.filter { !chains.contains($0) }
            if !owners.contains(rule.owner) { owners.append(rule.owner) }
        }
        if owners.isEmpty { return [] }
        return [
            Finding(
                id, .warning,
                owners.count == 1
                    ? "rules of other plugins are left of a container that is gone"
                    : "rules of other plugins are left of \(owners.count) containers that are gone",
                "\(owners.summary): a new container that gets such an address is masqueraded, whatever its network says, or "
                    + "gets packets for a port that another had published.",
                remedy: (rules + chains).joined(separator: "; "))
        ]
    }
}

/// A rule that the CNI project's bridge, ptp or portmap plugin has made for a container.
private struct ReferenceRule {
    /// Whose it is, for people.
    let owner: String
    /// The network's name, the container's ID, and its interface, as far as the comment has it.
    let network: String
    let container: String
    let interface: String?
    let address: IPAddress?
    /// The command that removes it.
    let removal: String
    /// The commands that then remove its chain.
    var chainRemoval: [String] = []

    static func all(_ survey: Survey) throws(Obstacle) -> [ReferenceRule] {
        try asking { () throws(NetlinkError) in
            let socket = try NFTablesSocket()
            var rules: [ReferenceRule] = []
            for (family, program) in [(NFTables.Family.ip, "iptables-nft"), (.ip6, "ip6tables-nft")] {
                let table = NFTables.TableName(family, "nat")
                for entry in try socket.rules(in: table, chain: "POSTROUTING") {
                    guard
                        let rule = byIptables(
                            program, entry.rule.remark, entry.rule.source, entry.rule.targets.first)
                    else { continue }
                    rules.append(rule)
                }
                for entry in try socket.rules(in: table, chain: "CNI-HOSTPORT-DNAT") {
                    if let rule = byPortmap(program, entry) { rules.append(rule) }
                }
            }
            let table = NFTables.TableName(.inet, "cni_plugins_masquerade")
            for entry in try socket.rules(in: table, chain: "masq_checks") {
                if let rule = byNFT(entry) { rules.append(rule) }
            }
            return rules
        } + legacy(survey)
    }

    private static func legacy(_ survey: Survey) throws(Obstacle) -> [ReferenceRule] {
        var rules: [ReferenceRule] = []
        for (family, program) in [(IPAddress.Family.v4, "iptables-legacy"), (.v6, "ip6tables-legacy")] {
            let nat = try LegacyTable("nat", family, in: survey)
            rules += (nat?.rules(at: .postrouting) ?? []).compactMap {
                byIptables(program, $0.comment, $0.source, $0.target)
            }
        }
        return rules
    }

    /// The comment is `name: "NETWORK" id: "CONTAINER"`.
    private static func byIptables(
        _ program: String, _ comment: String?, _ source: IPAddress?, _ chain: String?
    ) -> ReferenceRule? {
        guard let comment, let source, let chain, let (network, container) = names(comment, after: "name: ")
        else { return nil }
        return ReferenceRule(
            owner: "\(network)/\(container)", network: network, container: container, interface: nil,
            address: source,
            removal:
                "\(program) -t nat -D POSTROUTING -s \(source) -m comment --comment '\(comment)' -j \(chain)",
            chainRemoval: ["\(program) -t nat -F \(chain)", "\(program) -t nat -X \(chain)"])
    }

    /// The comment is `dnat name: "NETWORK" id: "CONTAINER"`.
    private static func byPortmap(_ program: String, _ entry: NFTables.InstalledRule) -> ReferenceRule? {
        guard let comment = entry.rule.remark, let chain = entry.rule.targets.first,
            let (network, container) = names(comment, after: "dnat name: ")
        else { return nil }
        return ReferenceRule(
            owner: "\(network)/\(container)", network: network, container: container, interface: nil,
            address: nil,
            removal: "nft delete rule \(entry.rule.table) \(entry.rule.chain) handle \(entry.handle)",
            chainRemoval: ["\(program) -t nat -F \(chain)", "\(program) -t nat -X \(chain)"])
    }

    /// The network and the container of a comment of iptables': each in quotation marks.
    private static func names(
        _ comment: String, after start: String
    ) -> (network: String, container: String)? {
        let parts = comment.split(separator: "\"", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0] == start, parts[2] == " id: ", parts[4].isEmpty else { return nil }
        return (parts[1], parts[3])
    }

    /// The comment is `HASHES, net: NETWORK, if: INTERFACE, id: CONTAINER`; one that is cut at 128 bytes does not tell.
    private static func byNFT(_ entry: NFTables.InstalledRule) -> ReferenceRule? {
        guard let comment = entry.rule.comment, comment.utf8.count < 128, let source = entry.rule.source
        else { return nil }
        let parts = comment.split(separator: ", ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[1].hasPrefix("net: "), parts[2].hasPrefix("if: "),
            parts[3].hasPrefix("id: ")
        else { return nil }
        let (network, interface) = (String(parts[1].dropFirst(5)), String(parts[2].dropFirst(4)))
        let container = String(parts[3].dropFirst(4))
        let key = "\(network)/\(container)/\(interface)"
        guard ReferenceOwner(key: key)?.nftablesComment == parts[0] else { return nil }
        return ReferenceRule(
            owner: key, network: network, container: container,
            interface: interface, address: source,
            removal: "nft delete rule \(entry.rule.table) \(entry.rule.chain) handle \(entry.handle)")
    }

    /// Whether its container is known to be gone: by the runtimes, or because host-local has the address back.
    func isLeftOver(_ survey: Survey) throws(Obstacle) -> Bool {
        guard let name = try? NetworkName(network), let known = survey.attachments else { return false }
        if try survey.standing(of: container, interface: interface, in: name) != .valid { return true }
        let isAlive = known.entries.contains { entry in
            entry.network == name && entry.reference.containerID == container && entry.isAlive
        }
        return isAlive ? false : try isReleased(survey)
    }

    /// Whether the network's addresses are leased by host-local, and this one not to the container; or, of a rule without an
    /// address, none.
    private func isReleased(_ survey: Survey) throws(Obstacle) -> Bool {
        var hasLeases = false
        for folder in [survey.machine.leasesFolder] + survey.configurations.leasesFolders {
            let leases = "\(folder)/\(network)"
            let names = try looking { () throws(SystemError) in try Directory.names(in: leases) }
            guard let names else { continue }
            hasLeases = true
            for name in names where address.map({ name == "\($0)" }) ?? (IPAddress(name) != nil) {
                let content = try looking { () throws(SystemError) in
                    try File.read("\(leases)/\(name)", limit: 4096, follows: false)
                }
                if content.flatMap({ LeaseOwner(leaseContent: $0) })?.containerID == container {
                    return false
                }
            }
        }
        return hasLeases
    }
}
