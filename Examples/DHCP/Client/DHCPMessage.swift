// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A DHCP message (RFC 2131 section 2), without the headers of UDP and IP.
public struct DHCPMessage: Hashable, Sendable {
    /// What a message is (option 53).
    public enum Kind: UInt8, Hashable, Sendable {
        /// A client looks for servers.
        case discover = 1
        /// A server would give an address.
        case offer = 2
        /// A client asks for what it was offered, or to go on with what it has.
        case request = 3
        /// A client does not use an address that somebody else has.
        case decline = 4
        /// A server gives the address.
        case acknowledgement = 5
        /// A server refuses.
        case refusal = 6
        /// A client gives its address back.
        case release = 7
        /// A client asks for other parameters alone.
        case inform = 8
    }

    /// What it is.
    public var kind: Kind
    /// Which exchange it belongs to.
    public var transaction: UInt32
    /// Seconds since the client began.
    public var seconds: UInt16 = 0
    /// Whether the answer has to come as a broadcast.
    public var wantsBroadcast = false
    /// The address that the client has and answers for; 0.0.0.0 if it has none.
    public var clientAddress = IPAddress.unspecified(.v4)
    /// The address that the server gives.
    public var yourAddress = IPAddress.unspecified(.v4)
    /// The client's MAC address.
    public var mac: MACAddress
    /// The options but for option 53.
    public var options = DHCPOptions()

    private static let cookie: [UInt8] = [99, 130, 83, 99]
    private static let headerLength = 236
    /// What old servers and relays take at least (RFC 1542 section 2.1).
    private static let leastLength = 300

    /// Creates a message.
    public init(_ kind: Kind, transaction: UInt32, mac: MACAddress) {
        self.kind = kind
        self.transaction = transaction
        self.mac = mac
    }

    /// Reads a server's message; nil for what is none, or is damaged.
    public init?(parsingReply bytes: [UInt8]) {
        // BOOTREPLY to an Ethernet address.
        guard bytes.count >= Self.headerLength + 4, bytes[0] == 2, bytes[1] == 1, bytes[2] == 6,
            bytes[236..<240].elementsEqual(Self.cookie), let mac = MACAddress(bytes: bytes[28..<34]),
            let your = IPAddress(bytes: bytes[16..<20]), let client = IPAddress(bytes: bytes[12..<16])
        else { return nil }
        var options = DHCPOptions()
        guard options.append(parsing: bytes[240...]) else { return nil }
        // RFC 2131 section 4.1: first `file`, then `sname`.
        let overload = options[.overload]?.first ?? 0
        if overload & 1 != 0, !options.append(parsing: bytes[108..<236]) { return nil }
        if overload & 2 != 0, !options.append(parsing: bytes[44..<108]) { return nil }
        guard let type = options[.messageType], type.count == 1, let kind = Kind(rawValue: type[0]) else {
            return nil
        }
        options[.messageType] = nil
        options[.overload] = nil
        self.kind = kind
        self.mac = mac
        self.options = options
        seconds = UInt16(bytes[8]) << 8 | UInt16(bytes[9])
        wantsBroadcast = bytes[10] & 0x80 != 0
        transaction = bytes[4..<8].reduce(0) { $0 << 8 | UInt32($1) }
        yourAddress = your
        clientAddress = client
    }

    /// A client's message as it is sent.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = [1, 1, 6, 0]
        bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: transaction >> $0) }
        bytes += [UInt8(seconds >> 8), UInt8(truncatingIfNeeded: seconds), wantsBroadcast ? 0x80 : 0, 0]
        bytes += clientAddress.bytes + yourAddress.bytes + [UInt8](repeating: 0, count: 8)
        bytes += mac.bytes + [UInt8](repeating: 0, count: Self.headerLength - bytes.count - 6)
        var all = DHCPOptions()
        all[.messageType] = [kind.rawValue]
        for option in options.all { all[option.code] = option.value }
        bytes += Self.cookie + all.field
        if bytes.count < Self.leastLength {
            bytes += [UInt8](repeating: 0, count: Self.leastLength - bytes.count)
        }
        return bytes
    }
}
