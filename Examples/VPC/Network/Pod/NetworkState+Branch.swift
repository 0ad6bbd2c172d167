// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

extension PodAttachment {
    /// The name of a branch's link on the host, by the VLAN of its trunk.
    public static func branchLink(_ vlan: UInt16) -> String { "vlan.eth.\(vlan)" }
}

extension NetworkState {
    /// Adds the VLAN that a branch is, and the way out by it.
    mutating func addBranch(_ attachment: PodAttachment) {
        guard let branch = attachment.branch, let trunk = attachment.addresses.first?.eni.link else { return }
        let name = PodAttachment.branchLink(branch.vlan)
        var link = LinkState(name, .vlan(VLAN(id: branch.vlan)), LinkAttributes(mac: branch.mac))
        link.attributes.isUp = true
        link.initial.mtu = attachment.mtu
        link.parent = LinkState.Peer(.host, trunk)
        add(link: link, in: .host)
        // The host would send answers to what comes in here elsewhere, but for the pod's rules.
        add(settings: [Sysctl("ipv4", "rp_filter", of: name, "2")], in: .host)
        for pod in attachment.addresses {
            let family = pod.address.family
            func route(_ route: Route) {
                var route = route
                route.table = pod.eni.table
                add(.route(route, link: name), in: .host)
            }
            if !pod.eni.gateway.isLinkLocal { route(Route(IPPrefix(host: pod.eni.gateway))) }
            route(Route(.everything(family), via: pod.eni.gateway))
            if family == .v6 { add(settings: [Sysctl("ipv6", "accept_ra", of: name, "0")], in: .host) }
        }
    }

    /// All that comes from the pod goes out by its branch, and all that comes by the branch to the pod: the branch's
    /// security groups see it.
    mutating func addStrictWay(of attachment: PodAttachment, _ links: PodLinks) {
        guard let branch = attachment.branch else { return }
        let name = PodAttachment.branchLink(branch.vlan)
        add(settings: [Sysctl("ipv4", "rp_filter", of: links.host, "2")], in: .host)
        for pod in attachment.addresses {
            let (family, table) = (pod.address.family, pod.eni.table)
            var way = Route(IPPrefix(host: pod.address))
            way.table = table
            add(.route(way, link: links.host), in: .host)
            for input in [name, links.host] {
                var rule = Rule(family, priority: RulePriority.branch, table: table)
                rule.input = input
                add(.rule(rule), in: .host)
            }
            guard family == .v6 else { continue }
            // The router's answers about itself are for the host.
            var neighbours = Rule(family, priority: RulePriority.branchNeighbours, table: RouteTable.local)
            neighbours.source = IPPrefix(host: pod.eni.gateway)
            neighbours.input = name
            neighbours.ipProtocol = 58  // IPPROTO_ICMPV6
            add(.rule(neighbours), in: .host)
        }
    }
}
