// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

/// Whether packets between containers on one bridge meet a firewall that drops them.
struct BridgeNetfilterExamination: Examination {
    let id = "bridge-netfilter"
    let healthy = "packets within a bridge are not dropped by a firewall for forwarded ones"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        let cases: [(setting: String, family: NFTables.Family, name: String)] = [
            ("net/bridge/bridge-nf-call-iptables", .ip, "IPv4"),
            ("net/bridge/bridge-nf-call-ip6tables", .ip6, "IPv6"),
        ]
        if try survey.bridges().isEmpty { return [] }
        var findings: [Finding] = []
        for (setting, family, name) in cases where try survey.number(setting) == 1 {
            let dropping = try survey.rules().dropping.map(\.chain).filter {
                $0.table.family == family || $0.table.family == .inet
            }
            guard let chain = dropping.first else { continue }
            findings.append(
                Finding(
                    id, .warning, "\(name) within a bridge goes through \(chain), which drops by default",
                    "\(setting) is 1: containers on the same bridge reach each other only as far as that "
                        + "chain lets them. Kubernetes' kube-proxy needs the setting; then the chain has "
                        + "to accept.",
                    remedy: "sysctl -w \(setting)=0"))
        }
        return findings
    }
}

/// Whether the networks of containers are on no other link.
struct BridgeAddressExamination: Examination {
    let id = "bridge-address-overlap"
    let healthy = "the networks of containers are on no other link"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        let gateways = try survey.gateways()
        let indices = Set(gateways.map(\.index))
        let links = try survey.links().filter { $0.name != "lo" }
        var findings: [Finding] = []
        for gateway in gateways {
            let own = try survey.networks(on: gateway)
            for link in links where link.index != gateway.index {
                // A pair of them is one finding.
                if indices.contains(link.index), link.index < gateway.index { continue }
                let pairs = try survey.networks(on: link).filter { $0.length < $0.family.bitWidth }
                    .compactMap { other in own.first { $0.overlaps(other) }.map { ($0, other) } }
                guard let (network, other) = pairs.first else { continue }
                findings.append(
                    Finding(
                        id, .problem,
                        "\(gateway.name)'s \(network.network) overlaps with \(link.name)'s \(other.network)",
                        "The host sends packets for one to the other. Give the network another range.",
                        remedy: "ip address delete \(network) dev \(gateway.name.quoted)"))
            }
        }
        return findings
    }
}

/// Whether containers' packets fit through the host's ways out.
struct BridgeMTUExamination: Examination {
    let id = "bridge-mtu"
    let healthy = "no bridge takes larger packets than the host's way out"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        let bridges = try survey.bridges()
        let own = Set(bridges.map(\.index))
        let outside = try survey.uplinks().filter { !own.contains($0.index) }
        let narrowest = outside.min { ($0.attributes.mtu ?? .max) < ($1.attributes.mtu ?? .max) }
        guard let narrowest, let limit = narrowest.attributes.mtu else { return [] }
        return bridges.filter { ($0.attributes.mtu ?? 0) > limit }.map { bridge in
            Finding(
                id, .warning,
                "\(bridge.name) takes packets of \(bridge.attributes.mtu ?? 0) bytes, \(narrowest.name) of "
                    + "\(limit)",
                "What is larger needs the sender to be told (path MTU discovery), which firewalls on the "
                    + "way often prevent: connections then hang. Set \"mtu\": \(limit) in the "
                    + "configuration, too; it counts for new containers.",
                remedy: "ip link set dev \(bridge.name.quoted) mtu \(limit)")
        }
    }
}
