// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// One line of the journal.
package enum JournalRecord: Hashable, Sendable {
    /// The first of a file: of which boot of the machine its times are.
    case boot(String)
    case assigned(Assignment)
    /// Taken back: the addresses, which are named again in case the assignment's own record is damaged, cool until a time.
    case released(AttachmentKey, [IPAddress], until: Moment)
    /// An address that cools, of a release before the file was compacted.
    case cooling(IPAddress, until: Moment)

    /// The version of the format, in the first record.
    package static let version = 1

    private var fields: [String] {
        switch self {
        case .boot(let boot): ["journal", "\(Self.version)", boot]
        case .assigned(let assignment):
            [
                "assigned", assignment.key.container, assignment.key.interface, assignment.kind.rawValue,
                assignment.eni.text, assignment.v4?.description ?? "", assignment.v6?.description ?? "",
                "\(assignment.since.milliseconds)", assignment.pod, assignment.network,
                assignment.namespace,
            ]
        case .released(let key, let addresses, let until):
            ["released", key.container, key.interface, "\(until.milliseconds)"] + addresses.map(\.description)
        case .cooling(let address, let until): ["cooling", address.description, "\(until.milliseconds)"]
        }
    }

    /// The record as a line: its checksum, and its fields with blanks between.
    package var line: [UInt8] {
        let text = fields.map(Self.escape).joined(separator: " ")
        let sum = String(Checksum.crc32(text.utf8), radix: 16)
        return Array("\(String(repeating: "0", count: 8 - sum.utf8.count))\(sum) \(text)\n".utf8)
    }

    /// Reads a line without its end; nil if it is damaged.
    package init?(line: some Collection<UInt8>) {
        let text = String(decoding: line, as: UTF8.self)
        guard let blank = text.utf8.firstIndex(of: UInt8(ascii: " ")),
            blank == text.utf8.index(text.startIndex, offsetBy: 8, limitedBy: text.endIndex),
            let sum = UInt32(text[..<blank], radix: 16)
        else { return nil }
        let rest = text[text.utf8.index(after: blank)...]
        guard Checksum.crc32(rest.utf8) == sum else { return nil }
        let fields = rest.split(separator: " ", omittingEmptySubsequences: false).map(Self.unescape)
        switch (fields[0], fields.count) {
        case ("journal", 3) where fields[1] == "\(Self.version)": self = .boot(fields[2])
        case ("assigned", 11):
            guard let kind = Assignment.Kind(rawValue: fields[3]), let since = Int64(fields[7]) else {
                return nil
            }
            self = .assigned(
                Assignment(
                    key: AttachmentKey(container: fields[1], interface: fields[2]), kind: kind,
                    eni: ENIID(fields[4]),
                    v4: IPAddress(fields[5]), v6: IPAddress(fields[6]), pod: fields[8], network: fields[9],
                    namespace: fields[10],
                    since: Moment(milliseconds: since)))
        case ("released", 4...):
            guard let until = Int64(fields[3]) else { return nil }
            self = .released(
                AttachmentKey(container: fields[1], interface: fields[2]),
                fields[4...].compactMap { IPAddress($0) },
                until: Moment(milliseconds: until))
        case ("cooling", 3):
            guard let address = IPAddress(fields[1]), let until = Int64(fields[2]) else { return nil }
            self = .cooling(address, until: Moment(milliseconds: until))
        default: return nil
        }
    }

    /// A field without blanks, ends of lines and percent signs; an empty one is `-`.
    private static func escape(_ field: String) -> String {
        if field.isEmpty { return "-" }
        if field == "-" { return "%2d" }
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        for byte in field.utf8 {
            if byte <= 0x20 || byte == 0x7f || byte == UInt8(ascii: "%") {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unescape(_ field: Substring) -> String {
        if field == "-" { return "" }
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
