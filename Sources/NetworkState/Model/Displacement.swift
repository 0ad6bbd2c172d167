// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// A link of another attachment that makes room: it gets another name and keeps what it has, or it goes.
///
/// For names that others compute, so that a later container of the same workload needs the earlier one's.
public struct Displacement: Hashable, Sendable {
    /// The link as it was found.
    public let link: LinkState
    /// Its name from now on; nil for one that goes.
    public let name: String?
    /// The namespace it is in.
    public let place: Place
    /// The rules of its owner's that select packets by the name of a link that goes, and so would select the next one's.
    var rules: [Rule] = []

    /// Whose the link is; the attachment that displaces it may take over what only one can have.
    var owner: String { link.alias ?? "" }
}

extension NetworkState {
    /// Has a link of another attachment make room for one of the same name.
    ///
    /// - Parameters:
    ///   - link: The link as it was found, with its mark.
    ///   - name: A name that is free; nil for a link that cannot stay beside the other, such as a VLAN of the same number.
    public mutating func displace(_ link: LinkState, to name: String?, in place: Place) {
        displacements.append(Displacement(link: link, name: name, place: place))
    }
}
