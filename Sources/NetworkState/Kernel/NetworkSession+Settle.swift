// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Glibc
public import Netlink

extension NetworkSession {
    /// Waits until the kernel has looked for duplicates of the described addresses that want it to (RFC 4862
    /// section 5.4), for at most 5 s, as the reference plugins do.
    ///
    /// Nothing else here ever waits.
    public func settle(_ state: NetworkState) throws(StateError) {
        for item in state.items {
            guard case .address(let address, let link) = item.object, address.prefix.family == .v6,
                !address.skipsDAD
            else { continue }
            var isSettled = false
            for _ in 0..<250 where !isSettled {
                isSettled = try isSettledNow(address, on: link, in: item.place)
                if !isSettled { usleep(20_000) }
            }
        }
    }

    private func isSettledNow(
        _ address: InterfaceAddress, on link: String, in place: Place
    ) throws(StateError) -> Bool {
        let socket = try routing(place)
        let index = try index(of: link, in: place)
        let found = try netlink { () throws(NetlinkError) in try socket.addresses(on: index) }
            .first { $0.address.prefix == address.prefix }?.address
        if let found, found.isDuplicate { throw StateError(.duplicateAddress("\(address.prefix.address)")) }
        return found.map { !$0.isTentative } ?? true
    }

    /// The links of the description as they are now, each with where it is; those that are gone are left out.
    public func reportedLinks(of state: NetworkState) throws(StateError) -> [(LinkState.Peer, LinkAttributes)]
    {
        var found: [(LinkState.Peer, LinkAttributes)] = []
        for place in Place.allCases where place == .host || hasContainer {
            var names: [String] = []
            for reference in state.reportedLinks where reference.place == place {
                if let link = known[reference.name, in: place] {
                    found.append((reference, link.attributes))
                } else {
                    names.append(reference.name)
                }
            }
            if names.isEmpty { continue }
            let socket = try routing(place)
            for link in try netlink({ () throws(NetlinkError) in try socket.links(named: names) }) {
                found.append((LinkState.Peer(place, link.name), link.attributes))
            }
        }
        return state.reportedLinks.compactMap { reference in found.first { $0.0 == reference } }
    }
}
