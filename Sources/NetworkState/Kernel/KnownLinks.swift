// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// What a session has just read of links, so that an attachment asks for each once: an exchange with the kernel takes
/// a plugin as long as making a link's address.
struct KnownLinks {
    /// Links that were not there, as far as nobody has observed since.
    private var absent: [LinkState.Peer] = []
    /// Links that were looked up and have not been changed since.
    private var onHost: [Link] = []
    private var inContainer: [Link] = []

    /// Notes that a link is not there.
    mutating func noteAbsence(_ name: String, in place: Place) { absent.append(LinkState.Peer(place, name)) }

    /// Which of these names have to be asked for; what was known of them is forgotten, as it may not hold for long.
    mutating func unknown(_ names: [String], in place: Place) -> [String] {
        if absent.isEmpty { return names }
        let rest = names.filter { !absent.contains(LinkState.Peer(place, $0)) }
        absent.removeAll { $0.place == place }
        return rest
    }

    /// Notes a link as it is now.
    mutating func note(_ link: Link, in place: Place) {
        forget(link.name, in: place)
        switch place {
        case .host: onHost.append(link)
        case .container: inContainer.append(link)
        }
    }

    /// A link as it was when it was looked up.
    subscript(name: String, in place: Place) -> Link? {
        (place == .host ? onHost : inContainer).first { $0.name == name }
    }

    /// Forgets a link that is changed.
    mutating func forget(_ name: String, in place: Place) {
        switch place {
        case .host: if !onHost.isEmpty { onHost.removeAll { $0.name == name } }
        case .container: if !inContainer.isEmpty { inContainer.removeAll { $0.name == name } }
        }
    }
}
