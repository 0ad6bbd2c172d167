// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension NetworkSession {
    /// Adds to a description what routes packets from 127.0.0.1 to containers: route_localnet of the links that lead to
    /// them (Documentation/networking/ip-sysctl.rst).
    ///
    /// Not of uplinks: no container behind one is reached from its own host, but the neighbours there would reach the
    /// host's loopback. A GC of the last network that has needed it puts it back, for it removes what keeps others from the
    /// host's loopback, too.
    package func completeLoopback(
        of state: inout NetworkState, _ found: inout ObservedState
    ) throws(StateError) {
        if state.loopbackClients.isEmpty { return }
        let socket = try routing(.host)
        var settings: [Object] = []
        for address in state.loopbackClients {
            guard let way = try netlink({ () throws(NetlinkError) in try socket.way(to: address) }),
                !way.isLocal,
                let link = try netlink({ () throws(NetlinkError) in try socket.link(.index(way.index)) }),
                !Forwarding.Link(link.name, kind: link.kind?.name).isUplink
            else { continue }
            let setting = Sysctl("ipv4", "route_localnet", of: link.name, "1")
            indices[link.name, in: .host] = link.index
            state.add(.sysctl(setting), in: .host, for: .network, concern: .addition)
            settings.append(.sysctl(setting))
        }
        try observeSettings(settings, in: .host, into: &found)
    }
}
