// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import FoundationEssentials

/// A key of etcd with its value, as the JSON gateway has them: bytes in base64, 64-bit numbers as strings, nothing
/// where a number is 0.
struct EtcdEntry: Hashable, Sendable {
    let key: String
    let value: [UInt8]
    /// The revision that changed it last.
    let modified: Int64
    /// The lease that it goes with; 0 for none.
    let lease: Int64

    /// Reads an entry; nil for one without a key.
    init?(_ json: JSON) {
        guard let key = Self.bytes(json["key"]) else { return nil }
        self.key = String(decoding: key, as: UTF8.self)
        value = Self.bytes(json["value"]) ?? []
        modified = Self.number(json["mod_revision"])
        lease = Self.number(json["lease"])
    }

    static func bytes(_ json: JSON?) -> [UInt8]? {
        json?.string.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
    }

    static func number(_ json: JSON?) -> Int64 {
        json?.string.flatMap { Int64($0) } ?? json?.int.map { Int64($0) } ?? 0
    }

    /// Bytes as the gateway takes them.
    static func encoded(_ bytes: [UInt8]) -> JSON { .string(Data(bytes).base64EncodedString()) }

    /// Text as the gateway takes it.
    static func encoded(_ text: String) -> JSON { encoded(Array(text.utf8)) }

    /// The end of the range of all keys that begin with a text: the text with its last byte one higher.
    static func rangeEnd(_ prefix: String) -> JSON {
        var bytes = Array(prefix.utf8)
        if let last = bytes.popLast() { bytes.append(last &+ 1) }
        return encoded(bytes)
    }
}
