// SPDX-License-Identifier: Apache-2.0

/// Words for lines of text: a byte that is no visible character of ASCII, and the percent sign, is `%` and two hexadecimal
/// digits.
package enum PercentEncoding {
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
        var decoded: [UInt8] = []
        var rest = word.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            decoded.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
