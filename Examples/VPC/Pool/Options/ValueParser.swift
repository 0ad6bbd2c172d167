// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes

/// What is wrong with a variable's value.
package struct ValueError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Reads a value of a variable; nothing is guessed.
struct ValueParser<Value>: Sendable {
    let parse: @Sendable (String) throws(ValueError) -> Value
}

extension ValueParser<Bool> {
    /// The spellings of Go's strconv.ParseBool, which is what the reference reads.
    static let bool = ValueParser { text throws(ValueError) in
        switch text {
        case "1", "t", "T", "true", "True", "TRUE": return true
        case "0", "f", "F", "false", "False", "FALSE": return false
        default: throw ValueError("\"\(text)\" is neither true nor false")
        }
    }
}

extension ValueParser<Int> {
    /// A whole number in decimal digits.
    static func integer(_ range: ClosedRange<Int>) -> ValueParser {
        ValueParser { text throws(ValueError) in
            guard let value = Int(text), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                range.contains(value)
            else {
                throw ValueError(
                    "\"\(text)\" is not a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
    }
}

extension ValueParser<Int?> {
    /// A whole number, for an option that may be missing.
    static func optionalInteger(_ range: ClosedRange<Int>) -> ValueParser {
        ValueParser { text throws(ValueError) in try ValueParser<Int>.integer(range).parse(text) }
    }
}

extension ValueParser<Duration> {
    /// A whole number of seconds.
    static func seconds(_ range: ClosedRange<Int>) -> ValueParser {
        ValueParser { text throws(ValueError) in .seconds(try ValueParser<Int>.integer(range).parse(text)) }
    }
}

extension ValueParser<UInt32> {
    /// A packet mark of one bit, in hexadecimal with 0x or in decimal.
    static let mark = ValueParser { text throws(ValueError) in
        let value = text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
        guard let value, value.nonzeroBitCount == 1 else {
            throw ValueError("\"\(text)\" is not a mark of one bit, such as 0x80")
        }
        return value
    }
}

extension ValueParser<String> {
    static let text = ValueParser { text throws(ValueError) in text }

    static func word(among words: [String]) -> ValueParser {
        ValueParser { text throws(ValueError) in
            guard words.contains(text) else {
                throw ValueError("\"\(text)\" is none of \(words.joined(separator: ", "))")
            }
            return text
        }
    }

    /// The prefix of the names of host interfaces, which has to leave room for eleven digits.
    static let interfacePrefix = ValueParser { text throws(ValueError) in
        let isWord = text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) }
        guard (1...4).contains(text.utf8.count), isWord, !["eth", "lo", "vlan"].contains(text) else {
            throw ValueError(
                "\"\(text)\" is not 1 to 4 lower-case letters or digits, or it is eth, lo or vlan")
        }
        return text
    }
}

extension ValueParser<[IPPrefix]> {
    /// Prefixes with commas between; bits beyond the length are refused.
    static let prefixes = ValueParser { text throws(ValueError) in
        var prefixes: [IPPrefix] = []
        for part in text.split(separator: ",") {
            let word = part.trimmed
            guard let prefix = IPPrefix(word), prefix.isNetwork else {
                throw ValueError("\"\(word)\" is not a network's prefix")
            }
            prefixes.append(prefix)
        }
        return prefixes
    }
}

extension ValueParser<Set<IPAddress>> {
    /// Addresses with commas between.
    static let addresses = ValueParser { text throws(ValueError) in
        var addresses: Set<IPAddress> = []
        for part in text.split(separator: ",") {
            guard let address = IPAddress(part.trimmed) else {
                throw ValueError("\"\(part.trimmed)\" is not an address")
            }
            addresses.insert(address)
        }
        return addresses
    }
}

extension ValueParser<[String: String]> {
    /// A JSON object of strings, such as `{"team": "net"}`.
    static let tags = ValueParser { text throws(ValueError) in
        guard let object = try? JSON(parsing: text).object else {
            throw ValueError("\(text) is not a JSON object")
        }
        var tags: [String: String] = [:]
        for (key, value) in object {
            guard let value = value.string else {
                throw ValueError("the value of \"\(key)\" is not a string")
            }
            guard !key.isEmpty, key.count <= 128, value.count <= 256, !key.hasPrefix("aws:") else {
                throw ValueError(
                    "\"\(key)\" is no tag that EC2 takes: at most 128 and 256 characters, not aws:")
            }
            tags[key] = value
        }
        guard tags.count <= 40 else { throw ValueError("more than 40 tags") }
        return tags
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
