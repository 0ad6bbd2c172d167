// SPDX-License-Identifier: Apache-2.0

public import Netlink

extension NetworkEvent {
    /// The object that has changed, as it is now, or as it was before it went.
    ///
    /// - Parameter name: The name of the link with a number; nil for one that is not known.
    /// - Returns: Nil for what is about no single object, or about one on a link that is not known. A route has its link
    ///   if that is known.
    public func object(
        naming name: (UInt32) -> String?
    ) -> (object: Object, isRemoved: Bool)? {
        switch self {
        case .link(let link, let isRemoved):
            (.link(LinkState(link, master: link.master.flatMap(name))), isRemoved)
        case .address(let address, let index, let isRemoved):
            name(index).map { (object: .address(address, link: $0), isRemoved: isRemoved) }
        case .route(let route, let index, let isRemoved):
            (.route(route, link: route.leadsNowhere ? nil : index.flatMap(name)), isRemoved)
        case .neighbour(let entry, let index, let isRemoved):
            name(index).map { (object: .neighbour(entry, link: $0), isRemoved: isRemoved) }
        case .forwarding(let entry, let index, let isRemoved):
            name(index).map { (object: .forwarding(entry, link: $0), isRemoved: isRemoved) }
        case .packetForwarding(let family, let isOn): (.sysctl(Forwarding.switching(family, isOn)), false)
        case .rule(let rule, let isRemoved): (.rule(rule), isRemoved)
        case .nexthop, .table, .lost: nil
        }
    }
}
