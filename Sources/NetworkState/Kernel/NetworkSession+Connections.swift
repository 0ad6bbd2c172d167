// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Glibc
internal import Netlink

extension NetworkSession {
    /// Has the kernel forget the UDP connections to ports of the host that lead elsewhere after these steps.
    ///
    /// A connection keeps the way of its first packet as long as it is used, and a UDP client that sends on and on uses it
    /// for ever: it would never reach a container that comes after it, and never leave one that has gone. Connections of
    /// other protocols end by themselves.
    func forgetConnections(after changes: [Change], in place: Place) throws(StateError) {
        var forwards: [PortForward] = []
        for change in changes {
            if let forward = change.portForward, !forwards.contains(forward) { forwards.append(forward) }
        }
        if forwards.isEmpty { return }
        let socket = try firewall(place)
        for forward in forwards {
            let connections: [TrackedConnection]
            do throws(NetlinkError) {
                connections = try socket.connections(
                    forward.family, protocol: PortForward.udp, toPort: forward.port)
            } catch  where error.errno == EINVAL || error.errno == EOPNOTSUPP {
                return  // a kernel without nf_conntrack_netlink
            } catch {
                throw StateError(error)
            }
            for connection in connections where try isConcerned(connection, by: forward, in: place) {
                try netlink { () throws(NetlinkError) in try socket.forget(connection) }
            }
        }
    }

    /// Whether a connection is to the host's port: what only passes through is on its way to somebody else.
    private func isConcerned(
        _ connection: TrackedConnection, by forward: PortForward, in place: Place
    ) throws(StateError) -> Bool {
        if let address = forward.address { return connection.destination == address }
        let socket = try routing(place)
        return try netlink { () throws(NetlinkError) in try socket.way(to: connection.destination) }?.isLocal
            ?? false
    }
}

/// A UDP port of the host that leads to an address and a port: an element of a map that rules translate by.
private struct PortForward: Hashable {
    static let udp: UInt8 = 17

    let family: IPAddress.Family
    /// The address of the host; nil for all.
    let address: IPAddress?
    let port: UInt16

    init?(_ element: NFTables.Element, in set: NFTables.Set) {
        guard case .map(let data) = set.kind, data.count == 2, data[1] == .inetService,
            set.key.suffix(2) == [.inetProtocol, .inetService], element.key.count == set.key.count,
            case .inetProtocol(Self.udp) = element.key[element.key.count - 2],
            case .service(let port) = element.key[element.key.count - 1]
        else { return nil }
        family = data[0] == .ipv4Address ? .v4 : .v6
        self.port = port
        switch element.key.first {
        case .address(let address): self.address = address
        default: address = nil
        }
    }
}

extension Change {
    /// The port that leads elsewhere after the step; nil for a step about anything else, such as an element's owner.
    fileprivate var portForward: PortForward? {
        switch action {
        case .create(.firewall(.element(let element, let set))),
            .remove(.firewall(.element(let element, let set))):
            return PortForward(element, in: set)
        case .modify(.firewall(.element(let element, let set)), .firewall(.element(let old, _))):
            return element.data == old.data ? nil : PortForward(element, in: set)
        default: return nil
        }
    }
}
