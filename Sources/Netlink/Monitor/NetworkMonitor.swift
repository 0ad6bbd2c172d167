// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
internal import Glibc
internal import LinuxCore
public import Namespaces

/// Tells of changes in a network namespace as they come.
///
///     let monitor = try NetworkMonitor()
///     while goesOn {
///         for event in try monitor.events(within: 1000) { … }
///     }
///
/// Blocks, and so belongs to a thread made for it, where it is opened, too: see Documentation/NamespacesAndThreads.md. It
/// stays in the namespace where it was opened.
///
/// Your own changes are reported, too. Whose request it was the kernel does not say of all kinds:
/// links, IPv6 addresses, forwarding entries of a VXLAN device and neighbours that go are reported with nlmsg_pid 0 (seen
/// with Linux 6.18). A change has to be judged by what it leaves: NetworkState's `conflicts(by:isRemoved:in:)`.
/// As `ip monitor` and `nft monitor`.
public final class NetworkMonitor {
    private let routing: NetlinkSocket
    private let firewall: NetlinkSocket

    /// Changes that are waiting to be read, in bytes of the kernel's memory: some 10,000.
    private static let room: CInt = 8 << 20

    /// Watches the calling thread's namespace from now on.
    public convenience init() throws(NetlinkError) {
        try self.init(
            routing: NetlinkSocket(protocol: NETLINK_ROUTE),
            firewall: NetlinkSocket(protocol: NETLINK_NETFILTER))
    }

    private init(routing: NetlinkSocket, firewall: NetlinkSocket) throws(NetlinkError) {
        self.routing = routing
        self.firewall = firewall
        let groups = [
            RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
            RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE, RTNLGRP_IPV4_NETCONF,
            RTNLGRP_IPV6_NETCONF,
        ]
        for group in groups { try routing.join(CInt(group.rawValue)) }
        do throws(NetlinkError) { try routing.join(CInt(RTNLGRP_NEXTHOP.rawValue)) } catch {
            // Linux before 5.3 has no nexthops.
            if error.errno != EINVAL { throw error }
        }
        try firewall.join(CInt(NFNLGRP_NFTABLES.rawValue))
        for socket in [routing, firewall] {
            socket.makeRoom(Self.room)
            // Only poll(2) waits: what another process has sent is no answer, and nothing may follow it.
            nl_socket_set_nonblocking(socket.socket)
        }
    }

    /// Watches a namespace from now on.
    public convenience init(in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        try self.init(
            routing: .open(protocol: NETLINK_ROUTE, in: namespace),
            firewall: .open(protocol: NETLINK_NETFILTER, in: namespace))
    }

    /// Waits until something has changed, and returns what; nothing when the time is up.
    ///
    /// Also returns nothing, earlier, when what was reported is of no kind that is known here.
    ///
    /// - Parameter milliseconds: How long to wait at most; nil for ever.
    public func events(within milliseconds: Int32?) throws(NetlinkError) -> [NetworkEvent] {
        var waits = [routing, firewall].map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        do throws(SystemError) {
            let count = try systemCall("wait for changes") {
                poll(&waits, nfds_t(waits.count), milliseconds ?? -1)
            }
            if count == 0 { return [] }
        } catch {
            throw NetlinkError(error)
        }
        var events: [NetworkEvent] = []
        // An error, such as that of events that were lost, is read as well.
        if waits[0].revents != 0 { events += try read(routing, NetworkEvent.routing) }
        if waits[1].revents != 0 { events += try read(firewall, NetworkEvent.firewall) }
        return events
    }

    private func read(
        _ socket: NetlinkSocket, _ decode: (Message) throws(MalformedMessage) -> NetworkEvent?
    ) throws(NetlinkError) -> [NetworkEvent] {
        do throws(NetlinkError) {
            return try NetlinkSocket.decode("monitor", try socket.receive("monitor"), decode)
        } catch  where error.errno == ENOBUFS || error.errno == EBADMSG {
            // What cannot be read may have been about anything.
            return [.lost]
        } catch  where error.errno == EAGAIN {
            return []
        }
    }
}

extension NetlinkSocket {
    fileprivate var descriptor: CInt { nl_socket_get_fd(socket) }

    /// Has messages of a multicast group delivered.
    fileprivate func join(_ group: CInt) throws(NetlinkError) {
        var group = group
        let code = setsockopt(
            descriptor, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, socklen_t(MemoryLayout<CInt>.size))
        if code != 0 { throw NetlinkError(operation: "join netlink group \(group)", errno: errno) }
    }

    /// Enlarges the receive buffer, past the usual limit where we may (CAP_NET_ADMIN in the initial user namespace).
    fileprivate func makeRoom(_ bytes: CInt) {
        var bytes = bytes
        let size = socklen_t(MemoryLayout<CInt>.size)
        if setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, size) != 0 {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, size)
        }
    }
}
