// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkState {
    /// The steps about the IPv6 addresses of links that join a routing domain (VRF) or leave one.
    ///
    /// The kernel takes such a link down and up again (cycle_netdev()), by which it loses them, unless keep_addr_on_down says
    /// otherwise. They are taken off before and put back afterwards, so that each step knows its inverse; the routes to their
    /// networks come with them, into the other table.
    func crossings(with changes: [Change], _ found: ObservedState) -> [Change] {
        var steps: [Change] = []
        for change in changes {
            guard case .modify(.link(let link), _) = change.action, let master = link.master,
                case .vrf = (self.link(master, in: change.place) ?? found.link(master, in: change.place))?
                    .kind
            else { continue }
            for case .address(var address, link.name) in found.all(in: change.place)
            where address.prefix.family == .v6 && address.scope == .global {
                func step(_ action: Change.Action) {
                    steps.append(Change(action, in: change.place, lifetime: change.lifetime))
                }
                // It was looked for others' use of it before.
                address.skipsDAD = true
                step(.remove(.address(address, link: link.name)))
                step(.create(.address(address, link: link.name)))
            }
        }
        return steps
    }
}
