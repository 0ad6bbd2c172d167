// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text as one word of a command line, as sh(1) reads it.
    var quoted: String {
        let isPlain = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "_-./:=@%+,".utf8.contains(byte)
            }
        }
        if isPlain, !isEmpty { return self }
        return "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

extension [String] {
    /// The first few of many things, for a sentence.
    var summary: String {
        let few = prefix(5).joined(separator: ", ")
        return count > 5 ? "\(few) and \(count - 5) more" : few
    }
}
