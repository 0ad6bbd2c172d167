// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Netlink

extension Change {
    /// The object that the step is about; nil for one that is about a link as a whole.
    var object: Object? {
        switch action {
        case .create(let object), .modify(let object, _), .remove(let object): object
        case .forward, .announce: nil
        }
    }

    /// The name of the link that the step makes.
    var createdLink: String? {
        if case .create(.link(let link)) = action { link.name } else { nil }
    }

    /// The name of the link that the step removes.
    var removedLink: String? {
        if case .remove(.link(let link)) = action { link.name } else { nil }
    }

    /// The links whose numbers a request for the step needs.
    var neededLinks: [String] {
        switch action {
        case .create(.link(let link)), .modify(.link(let link), _):
            link.master.flatMap { $0.isEmpty ? nil : [$0] } ?? []
        case .remove(.link), .forward, .announce: []
        case .create(let object), .modify(let object, _), .remove(let object): object.link.map { [$0] } ?? []
        }
    }

    /// Whether the step is done without, or is done already: a favour that the kernel may refuse, because a port
    /// that speaks the spanning tree protocol opens itself (EBUSY), or the other end is down (ENETDOWN); a shared
    /// object that another attachment has made since we looked (EEXIST).
    func mayFail(with error: NetlinkError) -> Bool {
        switch action {
        case .forward: error.errno == EBUSY || error.errno == ENETDOWN
        case .create: lifetime == .network && error.meansPresence
        case .modify, .remove, .announce: false
        }
    }
}
