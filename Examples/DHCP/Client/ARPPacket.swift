// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A packet of the Address Resolution Protocol for IPv4 over Ethernet (RFC 826), without its link's header.
public struct ARPPacket: Hashable, Sendable {
    /// Whether it asks; otherwise it answers.
    public var isRequest: Bool
    /// The MAC address of the one who sends it.
    public var sender: MACAddress
    /// The sender's address; 0.0.0.0 in a probe.
    public var senderAddress: IPAddress
    /// The address that is asked for, or that the answer goes to.
    public var target: IPAddress

    private static let header: [UInt8] = [0, 1, 0x08, 0, 6, 4, 0]

    /// A probe (RFC 5227 section 2.1.1): whether somebody uses an address, without a word about one's own, so that nobody's
    /// table of neighbours changes.
    public init(probing address: IPAddress, from mac: MACAddress) {
        isRequest = true
        sender = mac
        senderAddress = .unspecified(.v4)
        target = address
    }

    /// Reads a packet; nil for what is none of IPv4 over Ethernet.
    public init?(parsing bytes: [UInt8]) {
        // Ethernet pads short frames.
        guard bytes.count >= 28, bytes[..<7].elementsEqual(Self.header), 1...2 ~= bytes[7],
            let mac = MACAddress(bytes: bytes[8..<14]), let source = IPAddress(bytes: bytes[14..<18]),
            let target = IPAddress(bytes: bytes[24..<28])
        else { return nil }
        isRequest = bytes[7] == 1
        sender = mac
        senderAddress = source
        self.target = target
    }

    /// The packet as it is sent.
    public var bytes: [UInt8] {
        Self.header + [isRequest ? 1 : 2] + sender.bytes + senderAddress.bytes + [0, 0, 0, 0, 0, 0]
            + target.bytes
    }

    /// Whether the packet says that somebody else uses an address, or is about to (RFC 5227 section 2.1.1): it comes from that
    /// address, or it is another's probe for it.
    public func isConflict(over address: IPAddress, with mac: MACAddress) -> Bool {
        guard sender != mac else { return false }
        return senderAddress == address || (isRequest && senderAddress.isUnspecified && target == address)
    }
}
