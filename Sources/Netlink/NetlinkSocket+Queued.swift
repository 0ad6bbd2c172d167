// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
internal import Glibc

// Replies that the kernel has queued by the time that sendto(2) returns.
extension NetlinkSocket {
    /// Passes every message that is in the receive buffer to `body`, until that says that it was the last.
    ///
    /// When refusals of a large batch overflow the buffer (ENOBUFS), the first ones are in it all the same.
    func receiveQueued(
        _ operation: @autoclosure () -> String, _ body: (Message) -> Bool
    ) throws(NetlinkError) {
        while true {
            switch Self.receive(nl_socket_get_fd(socket)) {
            case .failure(EAGAIN): return
            case .failure(EINTR), .failure(ENOBUFS): continue
            case .failure(let code): throw NetlinkError(operation: operation(), errno: code)
            // Port 0 is the kernel: any process may send to a netlink port (netlink(7)).
            case .datagram(_, let port) where port != 0: continue
            case .datagram(let bytes, _):
                do throws(MalformedMessage) {
                    for message in try Message.all(in: bytes[...]) where !body(message) { return }
                } catch {
                    throw NetlinkError(operation: operation(), malformed: error)
                }
            }
        }
    }

    private enum Received {
        case datagram([UInt8], port: UInt32)
        case failure(CInt)
    }

    private static func receive(_ descriptor: CInt) -> Received {
        // As large as the largest reply (netlink_dump() in the kernel).
        withUnsafeTemporaryAllocation(byteCount: 1 << 15, alignment: 16) { buffer in
            var sender = sockaddr_nl()
            var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
            let count = withUnsafeMutableBytes(of: &sender) { sender in
                recvfrom(
                    descriptor, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT),
                    sender.assumingMemoryBound(to: sockaddr.self).baseAddress, &length)
            }
            if count < 0 { return .failure(errno) }
            return .datagram([UInt8](buffer.prefix(count)), port: sender.nl_pid)
        }
    }
}
