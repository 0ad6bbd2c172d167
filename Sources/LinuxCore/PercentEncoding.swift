// SPDX-License-Identifier: Apache-2.0

/// Words for lines of text: a byte that is no visible character of ASCII, and the percent sign, is `%` and two hexadecimal
/// digits.
public enum PercentEncoding {
    /// The word for a text.
    package static func encoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "%") {
                encoded.append(byte)
            } else {
                encoded += "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// The text of a word; nil if there are no digits after a percent sign.
    package static func decoded(_ word: String) -> String? {
        guard word.utf8.contains(UInt8(ascii: "%")) else { return word }
        return bytes(of: word).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a word; nil if there are no two digits after a percent sign.
    public static func bytes(of word: String) -> [UInt8]? {
        var decoded: [UInt8] = []
        var rest = word.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = digit(rest.popFirst()), let low = digit(rest.popFirst()) else { return nil }
            decoded.append(high << 4 | low)
        }
        return decoded
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case .some(UInt8(ascii: "0")...UInt8(ascii: "9")): byte.map { $0 & 15 }
        case .some(UInt8(ascii: "a")...UInt8(ascii: "f")), .some(UInt8(ascii: "A")...UInt8(ascii: "F")):
            byte.map { ($0 & 15) + 9 }
        default: nil
        }
    }
}
