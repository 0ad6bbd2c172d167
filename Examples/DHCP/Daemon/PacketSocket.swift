// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CLinuxShims
internal import DHCPClient
internal import Glibc
internal import LinuxCore
internal import Namespaces

/// A socket for DHCP on a container's interface, whether that has an address or not.
///
/// Everything is received by a packet socket: before the interface has an address the kernel would drop it, and afterwards a
/// firewall in the container might. It keeps the namespace alive, and so is open only while an answer is waited for.
final class PacketSocket {
    static let clientPort: UInt16 = 68
    static let serverPort: UInt16 = 67

    private let file: OwnedFileDescriptor
    private let link: UInt32
    private var buffer = [UInt8](repeating: 0, count: 9216)

    /// Opens it on a link of a namespace.
    init(on link: UInt32, in namespace: borrowing NetworkNamespace) throws(NamespaceError) {
        let descriptor = try namespace.open { () throws(NamespaceError) in
            try Self.call("open a packet socket") { swift_cni_udp_packets(link, Self.clientPort) }
        }
        file = OwnedFileDescriptor(adopting: descriptor)
        self.link = link
    }

    private static func call(_ operation: String, _ body: () -> CInt) throws(NamespaceError) -> CInt {
        do throws(SystemError) {
            return try systemCall(operation, body)
        } catch {
            throw .system(error)
        }
    }

    var descriptor: CInt { file.rawValue }

    /// Sends a message to a MAC address; to everybody without one.
    func send(
        _ message: DHCPMessage, from source: IPAddress, to destination: IPAddress, at mac: MACAddress?
    ) throws(SystemError) {
        let packet = UDPPacket(
            from: source, Self.clientPort, to: destination, Self.serverPort, message.bytes
        ).bytes
        let address = (mac ?? .broadcast).bytes
        try systemCall("send \(message.kind) to \(destination)") {
            swift_cni_send_packet(
                file.rawValue, link, EtherType.ipv4, address, packet, packet.count)
        }
    }

    /// Sends a message from the interface's address by the kernel's own routes and neighbours.
    static func send(
        _ message: DHCPMessage, from source: IPAddress, to destination: IPAddress, on link: UInt32,
        in namespace: borrowing NetworkNamespace
    ) throws(NamespaceError) {
        let bytes = message.bytes
        let descriptor = try namespace.open { () throws(NamespaceError) in
            try call("open a socket at \(source)") {
                swift_cni_udp_socket(link, source.networkOrder, clientPort)
            }
        }
        let socket = OwnedFileDescriptor(adopting: descriptor)
        _ = try call("send \(message.kind) to \(destination)") {
            CInt(
                swift_cni_send_udp(
                    socket.rawValue, destination.networkOrder, serverPort, bytes, bytes.count))
        }
    }

    /// What is to be read of a packet that has come.
    enum Received {
        /// A server's message, and who sent it on the wire.
        case message(DHCPMessage, MACAddress?)
        /// A packet to the client's port that is no message.
        case other
    }

    /// The next packet; nil if none is left.
    func receive() throws(SystemError) -> Received? {
        var mac = [UInt8](repeating: 0, count: 6)
        var lacksChecksum = false
        let count: Int
        do throws(SystemError) {
            count = try systemCall("receive") {
                swift_cni_receive_packet(file.rawValue, &buffer, buffer.count, &mac, &lacksChecksum)
            }
        } catch  where error.errno == EAGAIN {
            return nil
        }
        guard let packet = UDPPacket(parsing: Array(buffer[..<count]), checksUDP: !lacksChecksum),
            let message = DHCPMessage(parsingReply: packet.payload)
        else { return .other }
        return .message(message, MACAddress(bytes: mac))
    }
}

/// What a frame carries (linux/if_ether.h, whose constants Swift does not see).
enum EtherType {
    /// ETH_P_IP.
    static let ipv4: UInt16 = 0x0800
    /// ETH_P_ARP.
    static let arp: UInt16 = 0x0806
}

extension MACAddress {
    /// Everybody's on a link.
    static let broadcast = MACAddress(bits: 0xffff_ffff_ffff)
}

extension IPAddress {
    /// An IPv4 address as C has it.
    fileprivate var networkOrder: UInt32 { UInt32(truncatingIfNeeded: bits).bigEndian }
}
