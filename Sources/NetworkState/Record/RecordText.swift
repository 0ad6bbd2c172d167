// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore
internal import Netlink

/// A record's lines: one step each, in words separated by blanks, `KEY=VALUE` where a value may be missing.
///
///     host remove rule is=priority%201536%20from%2010.0.1.5%20lookup%20101 wire=2c0000…
///     container restore sysctl path=net/ipv4/conf/eth0/rp_filter value=1
///     container return link dev=eth0 as=ens5
///     container give route dev=net1 is=198.51.100.0/24 wire=340000…
///
/// Before them, where a link is lent, where the container is: releases that do not know the line pass it over.
///
///     container at path=/run/netns/c1
enum RecordText {
    /// The line for where the container is.
    static func container(_ path: String) -> String {
        var fields = RecordFields()
        fields["path"] = path
        return "container at\(fields.text)"
    }

    /// Where a line says that the container is; nil for another line.
    static func container(line: String) -> String? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 3, words[0] == "container", words[1] == "at" else { return nil }
        return RecordFields(words.dropFirst(2))["path"]
    }

    /// The line for a step; nil for one that no record holds.
    static func line(_ step: Change) -> String? {
        switch step.action {
        case .remove(.link(let link)): "\(step.place.rawValue) remove link dev=\(link.name)"
        case .remove(let object): line(step.place, "remove", object)
        case .modify(let object, _): line(step.place, "restore", object)
        case .move(let link, let other, _):
            "\(step.place.rawValue) return link dev=\(link.name) as=\(other.name)"
        case .create(.link), .create(.firewall): nil
        case .create(let object): line(step.place, "give", object)
        case .removeRule, .announce, .keep: nil
        }
    }

    /// The step of a line; nil for one that says nothing that can be understood.
    static func step(_ line: String) -> Change? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count > 3, let place = Place(rawValue: words[0]) else { return nil }
        let fields = RecordFields(words.dropFirst(3))
        if words[1] == "return" {
            guard words[2] == "link", let name = fields["dev"], let other = fields["as"] else { return nil }
            return Change(.move(LinkState(name), as: LinkState(other), to: place.other), in: place)
        }
        guard let object = Object(recorded: words[2], fields) else { return nil }
        switch words[1] {
        case "remove": return Change(.remove(object), in: place)
        case "give": return Change(.create(object), in: place)
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
            let value = String(word[word.index(after: separator)...])
            pairs.append((String(word[..<separator]), PercentEncoding.decoded(value) ?? value))
        }
    }

    var text: String {
        var text = ""
        for (key, value) in pairs { text += " \(key)=\(PercentEncoding.encoded(value))" }
        return text
    }

    subscript(key: String) -> String? {
        get { pairs.first { $0.key == key }?.value }
        set { if let newValue { pairs.append((key, newValue)) } }
    }

    /// A number; nil if there is none or it does not fit.
    func number<Number: FixedWidthInteger>(_ key: String) -> Number? { self[key].flatMap { Number($0) } }

    /// Bytes, in hexadecimal digits; nil if there are none or they make no sense.
    func bytes(_ key: String) -> [UInt8]? {
        guard let digits = self[key].map({ Array($0.utf8) }), digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16)
            else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }

    mutating func setBytes(_ key: String, _ bytes: [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        self[key] = String(decoding: text, as: UTF8.self)
    }

    mutating func set(_ key: String, _ number: (some FixedWidthInteger)?) {
        self[key] = number.map { String($0) }
    }
}
