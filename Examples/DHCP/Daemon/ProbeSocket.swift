// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CLinuxShims
internal import DHCPClient
internal import Glibc
internal import LinuxCore
internal import Namespaces

/// A question to a network who uses an address already, as long as an answer is waited for.
protocol AddressProbe: AnyObject {
    /// What to wait for in poll(2).
    var descriptor: CInt { get }

    /// Who else has the address, in words; nil if nobody has said so yet.
    func conflict() throws(SystemError) -> String?
}

/// Asks a container's network whether somebody uses an IPv4 address already (RFC 5227), and waits for who says so.
final class ProbeSocket: AddressProbe {
    private let file: OwnedFileDescriptor
    private let address: IPAddress
    private let mac: MACAddress
    private var buffer = [UInt8](repeating: 0, count: 64)

    /// Sends a probe over a link of a namespace.
    init(
        for address: IPAddress, from mac: MACAddress, on link: UInt32,
        in namespace: borrowing NetworkNamespace
    ) throws(NamespaceError) {
        let descriptor = try namespace.open { () throws(NamespaceError) in
            do throws(SystemError) {
                return try systemCall("open a socket for ARP") { swift_cni_arp_packets(link) }
            } catch {
                throw .system(error)
            }
        }
        file = OwnedFileDescriptor(adopting: descriptor)
        self.address = address
        self.mac = mac
        let packet = ARPPacket(probing: address, from: mac).bytes
        do throws(SystemError) {
            try systemCall("send a probe for \(address)") {
                swift_cni_send_packet(
                    file.rawValue, link, EtherType.arp, MACAddress.broadcast.bytes, packet, packet.count)
            }
        } catch {
            throw .system(error)
        }
    }

    var descriptor: CInt { file.rawValue }

    func conflict() throws(SystemError) -> String? {
        var sender = [UInt8](repeating: 0, count: 6)
        var lacksChecksum = false
        // A flood is not read to its end at once: others wait.
        for _ in 0..<64 {
            let count: Int
            do throws(SystemError) {
                count = try systemCall("receive ARP") {
                    swift_cni_receive_packet(file.rawValue, &buffer, buffer.count, &sender, &lacksChecksum)
                }
            } catch  where error.errno == EAGAIN {
                return nil
            }
            if let packet = ARPPacket(parsing: Array(buffer[..<count])),
                packet.isConflict(over: address, with: mac)
            {
                return packet.sender.description
            }
        }
        return nil
    }
}
