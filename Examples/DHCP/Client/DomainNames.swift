// SPDX-License-Identifier: Apache-2.0

/// Names of domains, as options have them.
enum DomainNames {
    /// Whether a text is a name that can be written into resolv.conf(5): labels of letters, digits, hyphens and low lines.
    static func isName(_ text: String) -> Bool {
        guard 1...253 ~= text.utf8.count else { return false }
        var labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A dot may end it.
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        return labels.allSatisfy { label in
            1...63 ~= label.count && label.allSatisfy { isLetter($0) } && label.first != UInt8(ascii: "-")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// The names of option 119, which are compressed as in DNS (RFC 1035 section 4.1.4), or of DHCPv6's 24, which are not (RFC
    /// 8415 section 10); nil if it is damaged.
    static func list(_ bytes: [UInt8], isCompressed: Bool = true) -> [String]? {
        var names: [String] = []
        var index = 0
        while index < bytes.count {
            guard let (name, next) = name(at: index, in: bytes, isCompressed), isName(name) else {
                return nil
            }
            names.append(name)
            index = next
        }
        return names
    }

    private static func name(
        at start: Int, in bytes: [UInt8], _ isCompressed: Bool
    ) -> (String, next: Int)? {
        var labels: [String] = []
        var index = start
        var next: Int?
        while index < bytes.count {
            let length = Int(bytes[index])
            if length == 0 { return (labels.joined(separator: "."), next ?? index + 1) }
            if isCompressed, length & 0xc0 == 0xc0 {
                guard index + 1 < bytes.count else { return nil }
                let target = (length & 0x3f) << 8 | Int(bytes[index + 1])
                next = next ?? index + 2
                // Only backwards: no name is longer than what is before it, so this ends.
                guard target < index else { return nil }
                index = target
                if labels.count > 127 { return nil }
                continue
            }
            guard length <= 63, index + length < bytes.count, labels.count <= 127 else { return nil }
            labels.append(String(decoding: bytes[index + 1...index + length], as: UTF8.self))
            index += length + 1
        }
        return nil
    }
}
