// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore
internal import Netlink

extension NetworkState {
    /// The links that a namespace lends to the other one.
    func lentLinks(in place: Place) -> [String] {
        items.compactMap { item in
            if case .link(let link) = item.object, let loan = link.loan, loan.place == place {
                loan.name
            } else {
                nil
            }
        }
    }

    /// A link on top of one in the other namespace, which is where the kernel is asked for it.
    ///
    /// It is made under a name of its own: before Linux 6.13 the kernel looks for the name in the namespace where it is
    /// asked, too, and most hosts have an eth0. It gets its mark and its name in one system call.
    func creation(of link: LinkState, elsewhere item: Item) -> [Change] {
        func step(_ action: Change.Action) -> Change {
            Change(action, in: item.place, lifetime: item.lifetime)
        }
        let name = "cni\(StableHash.text("\(owner) \(link.name)", length: 12))"
        var made = link
        (made.name, made.attributes, made.initial) = (name, link.madeWith, LinkAttributes())
        var (marked, unmarked) = (LinkState(name), LinkState(name))
        (marked.attributes.alias, unmarked.attributes.alias) = (link.alias, "")
        (marked.parent, unmarked.parent) = (link.parent, link.parent)
        var later = LinkState(link.name)
        later.attributes = link.madeWith.afterCreation
        later.master = link.master
        later.port = link.port
        return [
            step(.create(.link(made))), step(.modify(.link(marked), from: .link(unmarked))),
            step(.move(LinkState(name), as: LinkState(link.name), to: item.place)),
            step(.modify(.link(later), from: .link(LinkState(link.name)))),
        ]
    }

    /// A link that is lent: it goes down, moves, and gets its settings; each step knows the way back.
    func borrowing(
        of link: LinkState, from loan: LinkState.Peer, in item: Item, _ found: ObservedState
    ) -> [Change] {
        func step(_ action: Change.Action, in place: Place) -> Change {
            Change(action, in: place, lifetime: item.lifetime)
        }
        guard let old = found.link(loan.name, in: loan.place) else {
            // Nobody can lend it: asking for it gives the error that it is not there.
            return [step(.create(.link(LinkState(loan.name))), in: loan.place)]
        }
        var steps: [Change] = []
        if old.attributes.isUp == true {
            var (down, up) = (LinkState(old.name), LinkState(old.name))
            (down.attributes.isUp, up.attributes.isUp) = (false, true)
            (down.loan, up.loan) = (loan, loan)
            steps.append(step(.modify(.link(down), from: .link(up)), in: loan.place))
        }
        steps.append(
            step(.move(LinkState(old.name), as: LinkState(link.name), to: item.place), in: loan.place))
        var (later, before) = (LinkState(link.name), LinkState(link.name))
        var wanted = link.madeWith
        wanted.alias = link.alias
        wanted.noteDifferences(from: old.attributes, to: &later.attributes, &before.attributes)
        if later.attributes.alias != nil { before.attributes.alias = old.attributes.alias ?? "" }
        later.attributes.isUp = wanted.isUp
        before.attributes.isUp = false
        // The container may change that meanwhile.
        before.attributes.mtu = old.attributes.mtu
        if later != LinkState(link.name) {
            steps.append(step(.modify(.link(later), from: .link(before)), in: item.place))
        }
        return steps
    }
}
