// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
public import Namespaces

/// A session with rtnetlink(7) in one network namespace: links, addresses, routes, rules, neighbours.
///
/// It stays in the namespace where it was opened, whichever thread uses it, and belongs to one thread at a time.
public final class RoutingSocket {
    package let socket: NetlinkSocket

    /// Opens a session in the calling thread's namespace.
    public init() throws(NetlinkError) {
        socket = try NetlinkSocket(protocol: NETLINK_ROUTE)
    }

    /// Opens a session in a namespace.
    public init(in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        socket = try NetlinkSocket.open(protocol: NETLINK_ROUTE, in: namespace)
    }

    /// The number of the session's namespace that no other has as long as the machine runs; nil before Linux 5.14.
    package var namespaceCookie: UInt64? { socket.namespaceCookie }

    /// Has the kernel do each request in turn, and returns what became of each: nil is success.
    ///
    /// The requests go in as few system calls as possible; the kernel goes on past one that fails.
    public func perform(_ batch: Batch) -> [NetlinkError?] { socket.perform(batch) }

    /// Has the kernel do what `build` asks for; throws the first failure.
    public func perform(_ build: (inout Batch) -> Void) throws(NetlinkError) {
        var batch = Batch()
        build(&batch)
        try socket.performAll(batch)
    }
}
