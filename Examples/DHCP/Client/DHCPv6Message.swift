// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A DHCPv6 message between a client and a server (RFC 8415 section 8).
public struct DHCPv6Message: Hashable, Sendable {
    /// What a message is.
    public enum Kind: UInt8, Hashable, Sendable {
        /// A client looks for servers.
        case solicit = 1
        /// A server would give an address.
        case advertise = 2
        /// A client asks for what was advertised.
        case request = 3
        /// A client asks whether its address belongs to the link.
        case confirm = 4
        /// A client asks the server of its lease to go on with it.
        case renew = 5
        /// A client asks any server.
        case rebind = 6
        /// A server answers.
        case reply = 7
        /// A client gives its address back.
        case release = 8
        /// A client does not use an address that somebody else has.
        case decline = 9
    }

    /// What it is.
    public var kind: Kind
    /// Which exchange it belongs to, 24 bits.
    public var transaction: UInt32
    /// The options.
    public var options = DHCPv6Options()

    /// Creates a message.
    public init(_ kind: Kind, transaction: UInt32) {
        self.kind = kind
        self.transaction = transaction & 0xff_ffff
    }

    /// Reads a message; nil for what is none, or is damaged.
    public init?(parsing bytes: [UInt8]) {
        guard bytes.count >= 4, let kind = Kind(rawValue: bytes[0]),
            let options = DHCPv6Options(parsing: bytes[4...])
        else { return nil }
        self.init(kind, transaction: UInt32(bytes: bytes[1..<4]))
        self.options = options
    }

    /// The message as it is sent.
    public var bytes: [UInt8] { [kind.rawValue] + transaction.bytes.dropFirst() + options.field }
}

/// An IA_NA option (RFC 8415 section 21.4): addresses of one interface of a client, of which one is looked at.
public struct DHCPv6Association: Hashable, Sendable {
    /// Which interface of the client.
    public var id: UInt32
    /// When to renew, in seconds; 0 is the client's choice.
    public var renewal: UInt32 = 0
    /// When to ask any server, in seconds; 0 is the client's choice.
    public var rebinding: UInt32 = 0
    /// The first address that can be one; nil if there is none.
    public var address: IPAddress?
    /// For how long the address is one to begin connections from, in seconds.
    public var preferred: UInt32 = 0
    /// For how long it may be used, in seconds.
    public var valid: UInt32 = 0
    /// What came of it; 0 is success.
    public var status: UInt16 = 0
    /// The status in words.
    public var text = ""

    /// Creates what a client asks with.
    public init(id: UInt32, address: IPAddress? = nil) {
        self.id = id
        self.address = address
    }

    /// Reads the message's association of that number; nil if it is missing or damaged, or if T1 is later than T2.
    public init?(_ id: UInt32, in options: DHCPv6Options) {
        let found = options.values(.association).first { $0.count >= 12 && UInt32(bytes: $0[..<4]) == id }
        guard let found, let inner = DHCPv6Options(parsing: found[12...]) else { return nil }
        self.init(id: id)
        renewal = UInt32(bytes: found[4..<8])
        rebinding = UInt32(bytes: found[8..<12])
        if rebinding > 0, renewal > rebinding { return nil }
        (status, text) = inner.status
        for value in inner.values(.address) where value.count >= 24 {
            guard let address = IPAddress(bytes: value[..<16]), address.isOneHost, !address.isLinkLocal,
                let about = DHCPv6Options(parsing: value[24...])
            else { continue }
            let (preferred, valid) = (UInt32(bytes: value[16..<20]), UInt32(bytes: value[20..<24]))
            // Section 21.6: such an address is to be left out.
            if preferred > valid { continue }
            if about.status.code != 0 {
                (status, text) = about.status
                continue
            }
            (self.address, self.preferred, self.valid) = (address, preferred, valid)
            break
        }
    }

    /// The option's value.
    public var bytes: [UInt8] {
        var inner = DHCPv6Options()
        if let address { inner.append(.address, address.bytes + preferred.bytes + valid.bytes) }
        if status != 0 { inner.append(.status, status.bytes + Array(text.utf8)) }
        return id.bytes + renewal.bytes + rebinding.bytes + inner.field
    }
}
