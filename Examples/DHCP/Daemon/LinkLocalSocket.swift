// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CLinuxShims
internal import DHCPClient
internal import Glibc
internal import LinuxCore
internal import Namespaces

/// A socket for DHCPv6 on a container's interface, whose link-local address the kernel has made.
///
/// It keeps the namespace alive, and so is open only while an answer is waited for.
final class LinkLocalSocket {
    private static let clientPort: UInt16 = 546
    private static let serverPort: UInt16 = 547

    private let file: OwnedFileDescriptor
    private let link: UInt32
    private var buffer = [UInt8](repeating: 0, count: 9216)

    /// Opens it on a link of a namespace.
    init(on link: UInt32, in namespace: borrowing NetworkNamespace) throws(NamespaceError) {
        let descriptor = try namespace.open { () throws(NamespaceError) in
            do throws(SystemError) {
                return try systemCall("open a socket for DHCPv6") {
                    swift_cni_udp6_socket(link, Self.clientPort)
                }
            } catch {
                throw .system(error)
            }
        }
        file = OwnedFileDescriptor(adopting: descriptor)
        self.link = link
    }

    var descriptor: CInt { file.rawValue }

    /// Sends a message from the link-local address.
    ///
    /// - Returns: Whether there is such an address: the kernel first asks whether somebody else has it (RFC 4862), which takes
    ///   it one to two seconds.
    func send(_ message: DHCPv6Message, to destination: IPAddress) throws(SystemError) -> Bool {
        let bytes = message.bytes
        do throws(SystemError) {
            try systemCall("send \(message.kind) to \(destination)") {
                swift_cni_send_udp6(
                    file.rawValue, link, destination.bytes, Self.serverPort, bytes, bytes.count)
            }
            return true
        } catch  where [EADDRNOTAVAIL, ENETUNREACH].contains(error.errno) {
            return false
        }
    }

    /// What is to be read of a datagram that has come.
    enum Received {
        /// A message, and the address that it comes from.
        case message(DHCPv6Message, IPAddress)
        /// A datagram that is none.
        case other
    }

    /// The next datagram; nil if none is left.
    func receive() throws(SystemError) -> Received? {
        var sender = [UInt8](repeating: 0, count: 16)
        let count: Int
        do throws(SystemError) {
            count = try systemCall("receive") {
                swift_cni_receive_udp6(file.rawValue, &buffer, buffer.count, &sender)
            }
        } catch  where error.errno == EAGAIN {
            return nil
        }
        // A server is on the link, or a relay is: an answer from elsewhere is nobody's (RFC 8415 section 18.2.10).
        guard let source = IPAddress(bytes: sender), source.isLinkLocal,
            let message = DHCPv6Message(parsing: Array(buffer[..<count]))
        else { return .other }
        return .message(message, source)
    }
}
