// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CLinuxShims
internal import DHCPClient
internal import Glibc
internal import LinuxCore
internal import Namespaces

/// Asks a container's network who has an IPv6 address, from the link-local one, and waits for who says so.
final class NeighbourProbe: AddressProbe {
    private let file: OwnedFileDescriptor
    private let address: IPAddress
    private let mac: MACAddress
    private var buffer = [UInt8](repeating: 0, count: 1500)

    /// Sends a neighbour solicitation over a link of a namespace.
    init(
        for address: IPAddress, from mac: MACAddress, on link: UInt32,
        in namespace: borrowing NetworkNamespace
    ) throws(NamespaceError) {
        let descriptor = try namespace.open { () throws(NamespaceError) in
            do throws(SystemError) {
                return try systemCall("open a socket for ICMPv6") { swift_cni_advertisements_socket(link) }
            } catch {
                throw .system(error)
            }
        }
        file = OwnedFileDescriptor(adopting: descriptor)
        self.address = address
        self.mac = mac
        let message = NeighbourMessage.solicitation(for: address, from: mac)
        let group = NeighbourMessage.group(of: address).bytes
        do throws(SystemError) {
            try systemCall("ask who has \(address)") {
                swift_cni_send_udp6(file.rawValue, link, group, 0, message, message.count)
            }
        } catch {
            throw .system(error)
        }
    }

    var descriptor: CInt { file.rawValue }

    func conflict() throws(SystemError) -> String? {
        var sender = [UInt8](repeating: 0, count: 16)
        // A flood is not read to its end at once: others wait.
        for _ in 0..<64 {
            let count: Int
            do throws(SystemError) {
                count = try systemCall("receive ICMPv6") {
                    swift_cni_receive_udp6(file.rawValue, &buffer, buffer.count, &sender)
                }
            } catch  where error.errno == EAGAIN {
                return nil
            }
            guard let (owned, owner) = NeighbourMessage.advertised(Array(buffer[..<count])),
                owned == address, owner != mac
            else { continue }
            return owner?.description ?? "another host"
        }
        return nil
    }
}
