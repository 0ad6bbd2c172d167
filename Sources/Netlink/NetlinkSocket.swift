// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
internal import Glibc
internal import LinuxCore
package import Namespaces

/// A netlink socket, which stays in the namespace where it was opened, whichever thread talks over it.
package final class NetlinkSocket {
    let socket: OpaquePointer
    private var sequence: UInt32 = 0

    /// Opens a socket of a protocol such as NETLINK_ROUTE in the calling thread's namespace.
    package init(protocol number: CInt) throws(NetlinkError) {
        try Self.admit("open netlink socket")
        guard let socket = nl_socket_alloc() else { preconditionFailure("out of memory") }
        self.socket = socket
        // Our buffer holds the largest dump datagram (32 KiB, netlink_dump() since Linux 4.9): no need to peek.
        nl_socket_disable_msg_peek(socket)
        nl_socket_set_msg_buf_size(socket, 1 << 15)
        guard nl_connect(socket, number) == 0 else {
            throw NetlinkError(operation: "open netlink socket", errno: errno)
        }
        // All answers are queued by the time that a request's sendto(2) returns: this never passes, unless a
        // kernel forgets one.
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(
            nl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        // Wanted, not needed: the kernel's texts (4.12), short replies (4.3), filters in dumps (4.20).
        for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK] {
            var on: CInt = 1
            setsockopt(
                nl_socket_get_fd(socket), SOL_NETLINK, option, &on, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    /// Opens a socket in a namespace, which the calling thread enters for just that.
    package static func open(
        protocol number: CInt, in namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) -> NetlinkSocket {
        try namespace.open { () throws(NetlinkError) in try NetlinkSocket(protocol: number) }
    }

    deinit { nl_socket_free(socket) }

    /// The number that the next message will have.
    var sequenceToCome: UInt32 { sequence &+ 1 }

    /// The number for the next message.
    package func nextSequence() -> UInt32 {
        sequence &+= 1
        return sequence
    }

    /// Sends bytes that are one or more whole messages.
    package func send(_ bytes: [UInt8], _ operation: @autoclosure () -> String) throws(NetlinkError) {
        let code = bytes.withUnsafeBytes {
            nl_sendto(socket, UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
        }
        if code < 0 { throw NetlinkError(errno: errno, of: operation()) }
    }

    /// The messages of the next datagram from the kernel.
    package func receive(_ operation: @autoclosure () -> String) throws(NetlinkError) -> [Message] {
        while true {
            var sender = sockaddr_nl()
            var buffer: UnsafeMutablePointer<UInt8>?
            let count = nl_recv(socket, &sender, &buffer, nil)
            guard count >= 0 else { throw NetlinkError(errno: errno, of: operation()) }
            defer { free(buffer) }
            // Port 0 is the kernel: any process may send to a netlink port (netlink(7)).
            guard count > 0, sender.nl_pid == 0 else { continue }
            let datagram = [UInt8](UnsafeBufferPointer(start: buffer, count: Int(count)))
            do throws(MalformedMessage) {
                return try Message.all(in: datagram[...])
            } catch {
                throw NetlinkError(operation: operation(), malformed: error)
            }
        }
    }

    /// SO_NETNS_COOKIE of the socket's namespace; nil before Linux 5.14.
    var namespaceCookie: UInt64? {
        let option: CInt = 71  // SO_NETNS_COOKIE
        var cookie: UInt64 = 0
        var length = socklen_t(MemoryLayout<UInt64>.size)
        guard getsockopt(nl_socket_get_fd(socket), SOL_SOCKET, option, &cookie, &length) == 0 else {
            return nil
        }
        return cookie
    }

    /// Lets a test refuse the operation.
    package static func admit(_ operation: @autoclosure () -> String) throws(NetlinkError) {
        do throws(SystemError) {
            try Operations.admit(operation())
        } catch {
            throw NetlinkError(error)
        }
    }
}

extension NetlinkError {
    /// A reply that makes no sense, as EBADMSG.
    package init(operation: String, malformed: MalformedMessage) {
        self.init(operation: operation, errno: EBADMSG, kernelMessage: malformed.description)
    }
}
