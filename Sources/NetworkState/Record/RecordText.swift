// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

/// A record's lines: one step each, in words separated by blanks, `KEY=VALUE` where a value may be missing.
///
///     host remove rule family=4 priority=1536 table=101 source=10.0.1.5/32 origin=68
///     container restore sysctl path=net/ipv4/conf/eth0/rp_filter value=1
enum RecordText {
    /// The line for a step; nil for one that no record holds.
    static func line(_ step: Change) -> String? {
        switch step.action {
        case .remove(let object): line(step.place, "remove", object)
        case .modify(let object, _): line(step.place, "restore", object)
        case .create, .forward, .announce, .keep: nil
        }
    }

    /// The step of a line; nil for one that says nothing that can be understood.
    static func step(_ line: String) -> Change? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count > 3, let place = Place(rawValue: words[0]) else { return nil }
        let fields = RecordFields(words.dropFirst(3))
        guard let object = Object(recorded: words[2], fields) else { return nil }
        switch words[1] {
        case "remove": return Change(.remove(object), in: place)
        case "restore": return Change(.modify(object, from: object), in: place)
        default: return nil
        }
    }

    private static func line(_ place: Place, _ verb: String, _ object: Object) -> String? {
        var fields = RecordFields()
        guard let kind = object.record(in: &fields) else { return nil }
        return "\(place.rawValue) \(verb) \(kind)\(fields.text)"
    }
}

/// The `KEY=VALUE` words of a line; blanks and percent signs in values are percent-encoded.
struct RecordFields {
    private var pairs: [(key: String, value: String)] = []

    init() {}

    init(_ words: some Sequence<String>) {
        for word in words {
            guard let separator = word.firstIndex(of: "=") else { continue }
            let value = word[word.index(after: separator)...]
            pairs.append((String(word[..<separator]), Self.decoded(value)))
        }
    }

    var text: String {
        var text = ""
        for (key, value) in pairs { text += " \(key)=\(Self.encoded(value))" }
        return text
    }

    subscript(key: String) -> String? {
        get { pairs.first { $0.key == key }?.value }
        set { if let newValue { pairs.append((key, newValue)) } }
    }

    /// A number; nil if there is none or it does not fit.
    func number<Number: FixedWidthInteger>(_ key: String) -> Number? { self[key].flatMap { Number($0) } }

    mutating func set(_ key: String, _ number: (some FixedWidthInteger)?) {
        self[key] = number.map { String($0) }
    }

    private static func encoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if byte > 32, byte < 127, byte != UInt8(ascii: "%") {
                encoded.append(byte)
            } else {
                let digits = Array("0123456789abcdef".utf8)
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func decoded(_ text: some StringProtocol) -> String {
        var decoded: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                decoded.append(value)
                rest = rest.dropFirst(2)
            } else {
                decoded.append(byte)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
