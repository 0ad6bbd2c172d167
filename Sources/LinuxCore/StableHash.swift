// SPDX-License-Identifier: Apache-2.0

/// A hash that stays the same from version to version: names in the kernel are made of it.
public enum StableHash {
    /// The 64-bit FNV-1a hash of a text.
    public static func number(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }

    /// `length` letters and digits, 5 bits each, of the 64-bit FNV-1a hash of a text.
    package static func text(_ text: String, length: Int) -> String {
        var hash = number(text)
        // FNV's high bits are the better mixed ones once more is folded into them.
        hash = (hash ^ hash >> 32) &* 0x9e37_79b9_7f4a_7c15
        let letters = (0..<length).map { place in
            let digit = UInt8(truncatingIfNeeded: hash >> UInt64(59 - 5 * place)) & 31
            return digit < 26 ? UInt8(ascii: "a") + digit : UInt8(ascii: "2") + digit - 26
        }
        return String(decoding: letters, as: UTF8.self)
    }
}
