// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// A network that a link is in, to which the kernel has a route of its own.
struct ConnectedNetwork {
    private let place: Place
    private let link: String
    private let network: IPPrefix

    init(_ place: Place, _ link: String, _ network: IPPrefix) {
        self.place = place
        self.link = link
        self.network = network
    }

    /// Whether it is this one.
    func has(_ destination: IPPrefix, in place: Place, _ link: String?) -> Bool {
        self.place == place && self.link == link && network == destination
    }
}
