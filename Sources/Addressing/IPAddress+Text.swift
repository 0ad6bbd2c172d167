// SPDX-License-Identifier: Apache-2.0

extension IPAddress: LosslessStringConvertible {
    /// Parses dotted-quad IPv4 or RFC 4291 IPv6 text, strictly: no sign, blank, leading zero, zone or prefix.
    ///
    /// An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`) stays an IPv6 address.
    public init?(_ text: String) {
        let characters = Array(text.utf8)
        if characters.contains(UInt8(ascii: ":")) {
            guard let bits = Self.parse6(characters[...]) else { return nil }
            self.init(.v6, bits: bits)
        } else {
            guard let bits = Self.parse4(characters[...]) else { return nil }
            self.init(.v4, bits: UInt128(bits))
        }
    }

    /// The canonical text, for IPv6 as RFC 5952 has it.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(40)
        switch family {
        case .v4: Self.append4(bits, to: &text)
        case .v6: Self.append6(bits, to: &text)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func append4(_ bits: UInt128, to text: inout [UInt8]) {
        for shift in [24, 16, 8, 0] as [UInt128] {
            if shift < 24 { text.append(UInt8(ascii: ".")) }
            appendDigits(UInt16(bits >> shift & 0xff), radix: 10, to: &text)
        }
    }

    private static func append6(_ bits: UInt128, to text: inout [UInt8]) {
        // RFC 5952 section 5: an IPv4-mapped address shows its IPv4 part.
        if bits >> 32 == 0xffff {
            text += "::ffff:".utf8
            return append4(bits & 0xffff_ffff, to: &text)
        }
        let groups = stride(from: 112, through: 0, by: -16).map { UInt16(truncatingIfNeeded: bits >> $0) }
        let zeros = longestZeros(in: groups)
        for (index, group) in groups.enumerated() {
            if let zeros, zeros.contains(index) {
                if index == zeros.lowerBound { text += "::".utf8 }
                continue
            }
            if index > 0, index != zeros?.upperBound { text.append(UInt8(ascii: ":")) }
            appendDigits(group, radix: 16, to: &text)
        }
    }

    /// Appends a number without leading zeros, hexadecimal digits in lower case.
    private static func appendDigits(_ value: UInt16, radix: UInt16, to text: inout [UInt8]) {
        if value >= radix { appendDigits(value / radix, radix: radix, to: &text) }
        let digit = UInt8(value % radix)
        text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }

    /// The first longest run of two or more zero groups (RFC 5952 sections 4.2.2 and 4.2.3).
    private static func longestZeros(in groups: [UInt16]) -> Range<Int>? {
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > best.count { best = start..<index }
            start = index + 1
        }
        return best.count >= 2 ? best : nil
    }

    private static func parse4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard let byte = decimal(part, below: 256) else { return nil }
            bits = bits << 8 | UInt32(byte)
        }
        return bits
    }

    private static func parse6(_ text: ArraySlice<UInt8>) -> UInt128? {
        guard let gap = doubleColon(in: text) else {
            guard let groups = groups6(text, isEnd: true), groups.count == 8 else { return nil }
            return joined(groups)
        }
        // At most one gap, and it stands for at least one group.
        guard let head = groups6(text[..<gap], isEnd: false),
            let tail = groups6(text[(gap + 2)...], isEnd: true),
            head.count + tail.count < 8
        else { return nil }
        return joined(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    private static func doubleColon(in text: ArraySlice<UInt8>) -> Int? {
        let colon = UInt8(ascii: ":")
        return text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
    }

    /// The 16-bit groups of a part without `::`; the last 32 bits of an address may be in dotted-quad form.
    private static func groups6(_ text: ArraySlice<UInt8>, isEnd: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if isEnd, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let bits = parse4(part) else { return nil }
                groups += [UInt16(truncatingIfNeeded: bits >> 16), UInt16(truncatingIfNeeded: bits)]
            } else {
                guard (1...4).contains(part.count), let group = hexadecimal(part) else { return nil }
                groups.append(group)
            }
        }
        return groups.count <= 8 ? groups : nil
    }

    private static func hexadecimal(_ text: ArraySlice<UInt8>) -> UInt16? {
        var value: UInt16 = 0
        for character in text {
            guard let digit = hexadecimalDigit(character) else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    private static func joined(_ groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }
}

/// A decimal number of digits alone, without a leading zero, below `limit`.
func decimal(_ text: some Collection<UInt8>, below limit: Int) -> Int? {
    guard let first = text.first, text.count <= 4, first != UInt8(ascii: "0") || text.count == 1 else {
        return nil
    }
    var value = 0
    for character in text {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
        value = value * 10 + Int(character - UInt8(ascii: "0"))
    }
    return value < limit ? value : nil
}

/// The value of a hexadecimal digit.
func hexadecimalDigit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
}
