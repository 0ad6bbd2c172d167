// SPDX-License-Identifier: Apache-2.0

extension NFTables {
    /// What a key of a set, a part of one, or a map's value is.
    ///
    /// The kernel knows only lengths; the numbers are nft(8)'s (`enum datatypes` in its datatype.h), which
    /// it needs to show elements.
    public enum FieldType: Hashable, Sendable {
        /// An IPv4 address: `ipv4_addr`.
        case ipv4Address
        /// An IPv6 address: `ipv6_addr`.
        case ipv6Address
        /// A MAC address: `ether_addr`.
        case etherAddress
        /// The name of an interface: `ifname`.
        case ifname
        /// A port: `inet_service`.
        case inetService
        /// A protocol over IP: `inet_proto`.
        case inetProtocol
        /// A packet's mark: `mark`.
        case mark
        /// Another, of so many bytes.
        case other(number: UInt32, length: Int)
    }
}

extension NFTables.FieldType: CustomStringConvertible {
    private static var known: [Self] {
        [.ipv4Address, .ipv6Address, .etherAddress, .ifname, .inetService, .inetProtocol, .mark]
    }

    private var facts: (word: String, number: UInt32, length: Int) {
        switch self {
        case .ipv4Address: ("ipv4_addr", 7, 4)
        case .ipv6Address: ("ipv6_addr", 8, 16)
        case .etherAddress: ("ether_addr", 9, 6)
        case .inetProtocol: ("inet_proto", 12, 1)
        case .inetService: ("inet_service", 13, 2)
        case .mark: ("mark", 19, 4)
        case .ifname: ("ifname", 41, 16)
        case .other(let number, let length): ("type \(number)", number, length)
        }
    }

    /// The word of nft(8).
    public var description: String { facts.word }

    /// The number of bytes.
    public var length: Int { facts.length }

    var number: UInt32 { facts.number }

    /// 1 for values in the machine's byte order and for texts, 2 for network byte order, 0 for unknown.
    var byteOrder: UInt32 {
        switch self {
        case .mark, .ifname: 1
        case .other: 0
        default: 2
        }
    }
}

/// What is of several fields is a concatenation, in which each is padded to 4 bytes.
extension [NFTables.FieldType] {
    /// The number of bytes of a value.
    var totalLength: Int { count == 1 ? self[0].length : reduce(0) { $0 + ($1.length + 3) & ~3 } }

    /// nft(8)'s number for the types together: 6 bits each (TYPE_BITS in its datatype.h).
    var number: UInt32 { reduce(0) { $0 << 6 | $1.number } }

    var byteOrder: UInt32 { count == 1 ? self[0].byteOrder : 0 }

    /// The words of nft(8).
    var text: String { concatenation(map(\.description)) }

    /// The types that a number and a length stand for; one unknown type if they do not fit together.
    init(number: UInt32, length: Int) {
        var types: [NFTables.FieldType] = []
        var rest = number
        while rest != 0 {
            types.insert(NFTables.FieldType(knownNumber: rest & 0x3f) ?? .other(number: 0, length: 0), at: 0)
            rest >>= 6
        }
        self =
            types.totalLength == length && types.number == number && !types.isEmpty
            ? types : [.other(number: number, length: length)]
    }
}

extension NFTables.FieldType {
    fileprivate init?(knownNumber number: UInt32) {
        guard let type = Self.known.first(where: { $0.number == number }) else { return nil }
        self = type
    }
}

/// `ifname . ether_addr`; not joined(separator:), for which the runtime would make half a dozen types.
func concatenation(_ parts: [String]) -> String {
    var text = parts.first ?? ""
    for part in parts.dropFirst() { text += " . \(part)" }
    return text
}
