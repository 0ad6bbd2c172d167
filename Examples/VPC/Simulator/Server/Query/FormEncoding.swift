// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

/// Percent encoding as forms and signatures have it.
enum FormEncoding {
    /// Decodes a part of a form, in which `+` is a blank, or returns nil for what is no encoding or no UTF-8.
    static func decode(_ text: some StringProtocol, plusIsBlank: Bool = true) -> String? {
        let word = String(text.map { plusIsBlank && $0 == "+" ? " " : $0 })
        return PercentEncoding.bytes(of: word).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Encodes everything but letters, digits and `-._~` (RFC 3986), as SigV4 asks.
    static func encode(_ text: String, keepingSlash: Bool = false) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) || keepingSlash && byte == UInt8(ascii: "/") {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The names and values of a form, in order; nil if it is none.
    static func form(_ text: some StringProtocol) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for part in text.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(sides[0]), let value = sides.count > 1 ? decode(sides[1]) : "" else {
                return nil
            }
            pairs.append((name, value))
        }
        return pairs
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
