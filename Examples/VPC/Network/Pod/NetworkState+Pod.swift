// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
public import NetworkState

extension NetworkState {
    /// Adds what a pod has of the VPC, but for the addresses, routes and settings of its own interface.
    ///
    /// - Parameters:
    ///   - attachment: What the agent has given it.
    ///   - links: Its links.
    public mutating func add(_ attachment: PodAttachment, _ links: PodLinks) {
        switch attachment.mode {
        case .shared:
            addPair(attachment, links)
            addWay(of: attachment, links)
        case .exclusive: borrow(attachment, links)
        case .branch:
            addBranch(attachment)
            addPair(attachment, links)
            if attachment.branch?.isStrict == true {
                addStrictWay(of: attachment, links)
            } else {
                addWay(of: attachment, links)
            }
        }
    }

    /// The pair, born where its ends belong: a link that moves waits for all readers of the kernel's tables.
    private mutating func addPair(_ attachment: PodAttachment, _ links: PodLinks) {
        var host = LinkState(links.host, nil, LinkAttributes(isUp: true))
        host.initial = LinkAttributes(mtu: attachment.mtu, mac: links.hostMAC)
        // Its only address is the gateway's, if at all.
        host.attributes.ipv6AddressGeneration = LinkAttributes.IPv6AddressGeneration.none
        var pod = LinkState(links.interface, nil, LinkAttributes(isUp: true))
        pod.initial = LinkAttributes(mtu: attachment.mtu, mac: links.mac)
        addVeth(host: host, container: pod)
        for address in attachment.addresses {
            let family = address.address.family
            let gateway = PodAttachment.linkLocalGateway(family)
            if family == .v6 { add(linkLocal: gateway, to: links.host) }
            guard let mac = links.hostMAC else { continue }
            add(.neighbour(Neighbour(gateway, mac: mac), link: links.interface), in: .container)
        }
    }

    /// The way to the pod by its link, and from it by the ENI that owns its address.
    private mutating func addWay(of attachment: PodAttachment, _ links: PodLinks) {
        for pod in attachment.addresses {
            let host = IPPrefix(host: pod.address)
            add(.route(Route(host), link: links.host), in: .host)
            var to = Rule(host.family, priority: RulePriority.toPod, table: RouteTable.main)
            to.destination = host
            add(.rule(to), in: .host)
            if pod.eni.isPrimary { continue }
            var from = Rule(host.family, priority: RulePriority.fromPod, table: pod.eni.table)
            from.source = host
            add(.rule(from), in: .host)
        }
    }

    /// An ENI of the pod's own, lent by the node.
    private mutating func borrow(_ attachment: PodAttachment, _ links: PodLinks) {
        guard let eni = attachment.addresses.first?.eni else { return }
        var link = LinkState(links.interface, nil, LinkAttributes(isUp: true))
        link.initial = LinkAttributes(mtu: attachment.mtu)
        link.loan = LinkState.Peer(.host, eni.link)
        add(link: link, in: .container)
    }
}
