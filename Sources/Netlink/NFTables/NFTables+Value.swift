// SPDX-License-Identifier: Apache-2.0

public import Addressing

extension NFTables {
    /// A key of a set, a part of one, or a map's value.
    public enum Value: Hashable, Sendable {
        /// An IPv4 or IPv6 address.
        case address(IPAddress)
        /// A MAC address.
        case ether(MACAddress)
        /// The name of an interface, up to 15 bytes.
        case ifname(String)
        /// A port.
        case service(UInt16)
        /// A protocol over IP, such as 6 for TCP.
        case inetProtocol(UInt8)
        /// A packet's mark.
        case mark(UInt32)
        /// Bytes of a type that this package has no word for.
        case bytes([UInt8])
    }
}

extension NFTables.Value: CustomStringConvertible {
    /// As nft(8) writes it.
    public var description: String {
        switch self {
        case .address(let address): address.description
        case .ether(let address): address.description
        case .ifname(let name): "\"\(name)\""
        case .service(let number): String(number)
        case .inetProtocol(let number): String(number)
        case .mark(let mark): "0x" + String(mark, radix: 16)
        case .bytes(let bytes):
            "0x"
                + bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
                .joined()
        }
    }

    /// The value as registers and sets have it, without padding.
    public var bytes: [UInt8] {
        switch self {
        case .address(let address): address.bytes
        case .ether(let address): address.bytes
        // A name that is too long stays so, and makes the kernel refuse it.
        case .ifname(let name):
            [UInt8](name.utf8) + [UInt8](repeating: 0, count: max(1, 16 - name.utf8.count))
        case .service(let number): [UInt8(number >> 8), UInt8(number & 0xff)]
        case .inetProtocol(let number): [number]
        case .mark(let mark): withUnsafeBytes(of: mark) { [UInt8]($0) }
        case .bytes(let bytes): bytes
        }
    }

    /// Decodes a value, whose length must be the type's.
    init?(_ bytes: ArraySlice<UInt8>, _ type: NFTables.FieldType) {
        guard bytes.count == type.length else { return nil }
        switch type {
        case .ipv4Address, .ipv6Address:
            guard let address = IPAddress(bytes: bytes) else { return nil }
            self = .address(address)
        case .etherAddress:
            guard let address = MACAddress(bytes: bytes) else { return nil }
            self = .ether(address)
        case .ifname: self = .ifname(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        case .inetService: self = .service(UInt16(bigEndian: bytes.load(UInt16.self)))
        case .inetProtocol: self = .inetProtocol(bytes.load(UInt8.self))
        case .mark: self = .mark(bytes.load(UInt32.self))
        case .other: self = .bytes([UInt8](bytes))
        }
    }
}

extension [NFTables.Value] {
    /// The bytes of the values together: padded to 4 bytes each if there are several.
    var bytes: [UInt8] {
        if count == 1 { return self[0].bytes }
        return reduce(into: []) { bytes, value in
            bytes += value.bytes
            while bytes.count % 4 != 0 { bytes.append(0) }
        }
    }

    /// As nft(8) writes them.
    var text: String { concatenation(map(\.description)) }

    init(_ bytes: ArraySlice<UInt8>, _ types: [NFTables.FieldType]) throws(MalformedMessage) {
        guard bytes.count == types.totalLength else {
            throw MalformedMessage("\(bytes.count) bytes are no \(types.text)")
        }
        self = []
        var rest = bytes
        for type in types {
            append(
                try Attributes.required(NFTables.Value(rest.prefix(type.length), type), type.description))
            rest = rest.dropFirst((type.length + 3) & ~3)
        }
    }
}
