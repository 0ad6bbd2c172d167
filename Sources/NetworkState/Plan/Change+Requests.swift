// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Netlink

extension Change {
    /// The object that the step is about; nil for one that is about a link as a whole.
    var object: Object? {
        switch action {
        case .create(let object), .modify(let object, _), .remove(let object): object
        case .announce, .keep, .move, .removeRule: nil
        }
    }

    /// Whether the step is about an element of a set or map.
    var isOfElement: Bool {
        if case .firewall(.element) = object { true } else { false }
    }

    /// The name of the link that the step makes.
    var createdLink: String? {
        if case .create(.link(let link)) = action, link.kind != nil { link.name } else { nil }
    }

    /// The link that the step makes from /dev/net/tun, and its settings.
    var createdTunnel: (link: LinkState, settings: TUN)? {
        guard case .create(.link(let link)) = action, case .tun(let settings) = link.kind else { return nil }
        return (link, settings)
    }

    /// The name of the link that the step removes.
    var removedLink: String? {
        switch action {
        case .remove(.link(let link)), .move(let link, _, _): link.name
        default: nil
        }
    }

    /// The names of the links that are other ones, or have other settings, after the step; a bridge's MTU, for
    /// one, follows its ports.
    var changedLinks: [String] {
        switch action {
        case .create(.link(let link)), .modify(.link(let link), _), .remove(.link(let link)):
            [link.name] + (link.master.map { [$0] } ?? [])
        case .move(let link, let other, _): [link.name, other.name]
        default: []
        }
    }

    /// Where the link is that the step removes.
    var removedPlace: LinkState.Peer? { removedLink.map { LinkState.Peer(place, $0) } }

    /// The link whose number a request for the step needs.
    var neededLink: String? {
        switch action {
        case .create(.link(let link)) where link.parent != nil: link.parent?.name
        case .create(.link(let link)), .modify(.link(let link), _):
            link.master.flatMap { $0.isEmpty ? nil : $0 }
        case .move(let link, _, _): link.name
        case .create(.redirection(let redirection)), .modify(.redirection(let redirection), _):
            redirection.target
        case .remove(.link), .announce, .keep, .removeRule: nil
        case .create(let object), .modify(let object, _), .remove(let object): object.link
        }
    }

    /// Whether the step would give something back to a living container that has it, or that has no room for it any more: a
    /// route whose gateway no network leads to, or whose link is down.
    func isRefusedGift(_ error: StateError) -> Bool {
        guard place == .container, case .netlink(let error) = error.cause else { return false }
        switch action {
        case .create(.route):
            return [EEXIST, EINVAL, ENETUNREACH, EHOSTUNREACH, ENETDOWN].contains(error.errno)
        case .create(.address): return error.errno == EEXIST
        default: return false
        }
    }
}
