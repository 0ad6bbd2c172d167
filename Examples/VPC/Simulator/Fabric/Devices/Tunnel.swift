// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CTunnelShims
internal import Glibc
internal import LinuxCore
internal import Namespaces
internal import Netlink

/// A TAP or TUN device: the kernel's end is a link, ours a descriptor.
///
/// The link goes with the descriptor, in whatever namespace it is by then, and so it does when this process dies.
/// Unlike a veth pair's end it has no peer, as a network card has none, and no offload that would leave a checksum open.
final class Tunnel: Sendable {
    private let descriptor: Descriptor
    /// What the kernel's end reports.
    enum Event {
        case frame([UInt8])
        case nothing
        /// The link is gone, with the namespace that it was in.
        case gone
    }

    /// What the link is to be in its namespace.
    struct Appearance {
        var name: String
        var mac: MACAddress?
        var mtu: UInt32
    }

    /// The largest frame that is read whole: an MTU of 9001 with a tagged Ethernet header, and some.
    private static let largestFrame = 9234

    var number: CInt { descriptor.number }

    private init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    /// Makes a link that is complete when it appears in its namespace, as a card's is.
    ///
    /// - Parameter workshop: A namespace of ours, where it is made.
    static func make(
        isEthernet: Bool, _ appearance: Appearance, in namespace: borrowing NetworkNamespace,
        workshop: borrowing NetworkNamespace
    ) throws(FabricError) -> Tunnel {
        var bytes = [CChar](repeating: 0, count: 16)
        let result = try workshop.run { () throws(FabricError) in
            bytes.withUnsafeMutableBufferPointer { tunnel_open(isEthernet, $0.baseAddress) }
        }
        let descriptor = try FabricError.wrapping { () throws(SystemError) in
            try Descriptor("open /dev/net/tun", result)
        }
        let made = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do throws(NetlinkError) {
            let session = try RoutingSocket(in: workshop)
            guard let link = try session.link(.name(made)) else {
                throw NetlinkError(operation: "link show \(made)", errno: ENODEV)
            }
            var batch = Batch()
            batch.setLink(.index(link.index), LinkAttributes(mtu: appearance.mtu, mac: appearance.mac))
            batch.moveLink(link.index, named: made, to: namespace, as: appearance.name)
            if let failure = session.perform(batch).compactMap({ $0 }).first { throw failure }
        } catch {
            throw FabricError("", .netlink(error))
        }
        return Tunnel(descriptor)
    }

    /// The next frame that the kernel has sent.
    func read() -> Event {
        var result = 0
        let frame = [UInt8](unsafeUninitializedCapacity: Self.largestFrame) { buffer, count in
            result = tunnel_read(descriptor.number, buffer.baseAddress, buffer.count)
            count = max(result, 0)
        }
        if result >= 0 { return .frame(frame) }
        return result == -Int(EBADFD) ? .gone : .nothing
    }

    /// Gives the kernel a frame; false if it does not take it: the link is down.
    func write(_ frame: [UInt8]) -> Bool {
        frame.withUnsafeBytes { tunnel_write(descriptor.number, $0.baseAddress, $0.count) } >= 0
    }
}
