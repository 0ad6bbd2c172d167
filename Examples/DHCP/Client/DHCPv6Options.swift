// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// The options of a DHCPv6 message, or those inside of an option (RFC 8415 section 21), in their order.
///
/// Unlike those of DHCPv4 one may be there several times, and each is a value of its own.
public struct DHCPv6Options: Hashable, Sendable {
    /// An option's number.
    public struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
        /// The number.
        public let rawValue: UInt16

        /// Creates a code.
        public init(rawValue: UInt16) { self.rawValue = rawValue }
        /// Creates a code.
        public init(integerLiteral value: UInt16) { rawValue = value }

        /// 1: which client it is, a DUID.
        public static let clientIdentifier: Code = 1
        /// 2: which server it is, a DUID.
        public static let serverIdentifier: Code = 2
        /// 3: addresses that are no temporary ones, IA_NA.
        public static let association: Code = 3
        /// 5: an address, inside of an association.
        public static let address: Code = 5
        /// 6: what the client would like to know.
        public static let optionRequest: Code = 6
        /// 8: for how long the client tries, in hundredths of a second.
        public static let elapsedTime: Code = 8
        /// 13: what came of it, and a text for people.
        public static let status: Code = 13
        /// 14: a lease without a second exchange.
        public static let rapidCommit: Code = 14
        /// 23: name servers (RFC 3646).
        public static let domainNameServers: Code = 23
        /// 24: domains to search names in (RFC 3646).
        public static let domainSearch: Code = 24
    }

    /// An option.
    public struct Option: Hashable, Sendable {
        /// Which.
        public let code: Code
        /// Its value, as it is on the wire.
        public let value: [UInt8]
    }

    /// The options.
    public private(set) var all: [Option] = []

    /// Creates an empty list.
    public init() {}

    /// Reads a field; nil for one that is not whole: nobody knows what is behind an option that is longer than its field.
    public init?(parsing field: some Sequence<UInt8>) {
        var rest = Array(field)[...]
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let code = UInt16(bytes: rest.prefix(2))
            let length = Int(UInt16(bytes: rest.dropFirst(2).prefix(2)))
            rest = rest.dropFirst(4)
            guard rest.count >= length else { return nil }
            append(Code(rawValue: code), Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
    }

    /// The first value of an option; nil if it is not there.
    public subscript(code: Code) -> [UInt8]? { all.first { $0.code == code }?.value }

    /// The values of an option.
    public func values(_ code: Code) -> [[UInt8]] { all.compactMap { $0.code == code ? $0.value : nil } }

    /// Adds an option; of a value longer than 65,535 bytes nothing.
    public mutating func append(_ code: Code, _ value: [UInt8]) {
        guard value.count <= Int(UInt16.max) else { return }
        all.append(Option(code: code, value: value))
    }

    /// The field with these options.
    public var field: [UInt8] {
        all.flatMap { $0.code.rawValue.bytes + UInt16($0.value.count).bytes + $0.value }
    }

    /// An option that is a list of addresses; what is behind the last whole one is left out.
    public func addresses(_ code: Code) -> [IPAddress] {
        guard let value = self[code] else { return [] }
        return stride(from: 0, to: value.count - value.count % 16, by: 16).compactMap {
            IPAddress(bytes: value[$0..<$0 + 16])
        }
    }

    /// What came of it: 0 is success, also where nothing is said (RFC 8415 section 21.13).
    public var status: (code: UInt16, text: String) {
        guard let value = self[.status], value.count >= 2 else { return (0, "") }
        let text = String(validating: value.dropFirst(2), as: UTF8.self) ?? ""
        let isClean = !text.utf8.contains { $0 < 0x20 || $0 == 0x7f }
        return (UInt16(bytes: value.prefix(2)), isClean ? String(text.prefix(100)) : "")
    }
}

extension FixedWidthInteger {
    /// Reads a number in network byte order; of too few bytes the number that they make.
    init(bytes: some Sequence<UInt8>) { self = bytes.reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) } }

    /// The number in network byte order.
    var bytes: [UInt8] {
        stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> $0) }
    }
}
