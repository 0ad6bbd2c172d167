// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// The options of a DHCP message (RFC 2132), by code.
///
/// An option that comes in several pieces is one value here (RFC 3396).
public struct DHCPOptions: Hashable, Sendable {
    /// An option's number.
    public struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
        /// The number, 1 to 254.
        public let rawValue: UInt8

        /// Creates a code.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Creates a code.
        public init(integerLiteral value: UInt8) { rawValue = value }

        /// 1: the network's mask.
        public static let subnetMask: Code = 1
        /// 3: routers, in the order of preference.
        public static let routers: Code = 3
        /// 6: name servers.
        public static let domainNameServers: Code = 6
        /// 12: the client's name.
        public static let hostName: Code = 12
        /// 15: the domain that the client is in.
        public static let domainName: Code = 15
        /// 26: the interface's MTU in bytes.
        public static let interfaceMTU: Code = 26
        /// 33: routes to hosts, or to classful networks.
        public static let staticRoutes: Code = 33
        /// 50: the address that the client would like.
        public static let requestedAddress: Code = 50
        /// 51: how long the address may be used, in seconds.
        public static let leaseTime: Code = 51
        /// 52: whether the message's fields `file` and `sname` have options.
        public static let overload: Code = 52
        /// 53: what the message is.
        public static let messageType: Code = 53
        /// 54: which server it is about.
        public static let serverIdentifier: Code = 54
        /// 55: what the client would like to know.
        public static let parameterRequestList: Code = 55
        /// 56: a text for people.
        public static let message: Code = 56
        /// 57: the largest message that the client takes, in bytes.
        public static let maximumMessageSize: Code = 57
        /// 58: when to renew, in seconds.
        public static let renewalTime: Code = 58
        /// 59: when to ask any server, in seconds.
        public static let rebindingTime: Code = 59
        /// 60: what kind of client it is.
        public static let vendorClassIdentifier: Code = 60
        /// 61: which client it is.
        public static let clientIdentifier: Code = 61
        /// 77: what kind of user it has (RFC 3004).
        public static let userClass: Code = 77
        /// 119: domains to search names in (RFC 3397).
        public static let domainSearch: Code = 119
        /// 121: routes with prefix lengths (RFC 3442), in place of 3 and 33.
        public static let classlessStaticRoutes: Code = 121
    }

    /// An option.
    public struct Option: Hashable, Sendable {
        /// Which.
        public let code: Code
        /// Its value, as it is on the wire.
        public var value: [UInt8]
    }

    /// The options in the order of their first pieces.
    public private(set) var all: [Option] = []

    /// Creates an empty list.
    public init() {}

    /// The value of an option; nil if it is not there.
    public subscript(code: Code) -> [UInt8]? {
        get { all.first { $0.code == code }?.value }
        set {
            let index = all.firstIndex { $0.code == code }
            switch (index, newValue) {
            case (let index?, let value?): all[index].value = value
            case (let index?, nil): all.remove(at: index)
            case (nil, let value?): all.append(Option(code: code, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Adds the options of a field; a pad is skipped, an end ends it.
    ///
    /// - Returns: Whether the field is whole: an option that is longer than the field is not taken, nor what is behind it.
    mutating func append(parsing field: ArraySlice<UInt8>) -> Bool {
        var rest = field
        while let code = rest.popFirst() {
            if code == 0 { continue }
            if code == 255 { return true }
            guard let length = rest.popFirst(), rest.count >= Int(length) else { return false }
            let value = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            self[Code(rawValue: code), default: []] += value
        }
        return true
    }

    private subscript(code: Code, default value: [UInt8]) -> [UInt8] {
        get { self[code] ?? value }
        set { self[code] = newValue }
    }

    /// The field with these options, and its end; values of more than 255 bytes come in pieces.
    var field: [UInt8] {
        var field: [UInt8] = []
        for option in all {
            var rest = option.value[...]
            repeat {
                let piece = rest.prefix(255)
                field += [option.code.rawValue, UInt8(piece.count)] + piece
                rest = rest.dropFirst(255)
            } while !rest.isEmpty
        }
        return field + [255]
    }
}

extension DHCPOptions {
    /// An option that is one IPv4 address; nil for one that is not.
    public func address(_ code: Code) -> IPAddress? {
        guard let value = self[code], value.count == 4 else { return nil }
        return IPAddress(bytes: value)
    }

    /// An option that is a list of IPv4 addresses; what is behind the last whole one is left out.
    public func addresses(_ code: Code) -> [IPAddress] {
        guard let value = self[code] else { return [] }
        return stride(from: 0, to: value.count - value.count % 4, by: 4).compactMap {
            IPAddress(bytes: value[$0..<$0 + 4])
        }
    }

    /// An option that is a number of 32 bits; nil for one that is not.
    public func number(_ code: Code) -> UInt32? {
        guard let value = self[code], value.count == 4 else { return nil }
        return value.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The MTU of the interface in bytes (option 26); nil if there is none, or one of less than 68 (RFC 2132 section 5.1).
    public var interfaceMTU: UInt32? {
        guard let value = self[.interfaceMTU], value.count == 2 else { return nil }
        let mtu = UInt32(value[0]) << 8 | UInt32(value[1])
        return mtu >= 68 ? mtu : nil
    }

    /// An option that is a text, without the zeros that some servers end it with; nil for an empty one, and for one that
    /// is not UTF-8 or has control characters.
    public func text(_ code: Code) -> String? {
        guard var value = self[code]?[...] else { return nil }
        while value.last == 0 { value.removeLast() }
        guard !value.isEmpty, !value.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return nil }
        return String(validating: value, as: UTF8.self)
    }

    /// The length of the network's prefix by the mask; nil if there is none, or one with gaps.
    public var prefixLength: Int? {
        guard let mask = number(.subnetMask) else { return nil }
        let length = (~mask).leadingZeroBitCount
        return length == 32 || mask << length == 0 ? length : nil
    }
}
