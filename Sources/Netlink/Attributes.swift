// SPDX-License-Identifier: Apache-2.0

package import Addressing
internal import CLibNL

/// The attributes of a received message or of a nest in one, walked once and known to be well-formed.
///
/// Nothing that the other side says of lengths can lead out of bounds or around in circles.
public struct Attributes: Sendable {
    /// Which attribute is where in the bytes; without a reference, so that a list of them is quickly made and gone.
    private struct Entry: Sendable {
        let kind: Int
        let start: Int
        let end: Int
    }

    private let bytes: ArraySlice<UInt8>
    private var entries: [Entry] = []

    /// Walks the attributes in `bytes`.
    public init(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) {
        self.bytes = bytes
        // About what those of a link take.
        entries.reserveCapacity(bytes.count / 16)
        var start = bytes.startIndex
        // Fewer bytes than a header are padding.
        while bytes.endIndex - start >= 4 {
            let length = Int(bytes.load(UInt16.self, at: start))
            let kind = Int(bytes.load(UInt16.self, at: start + 2))
            guard length >= 4, length <= bytes.endIndex - start else {
                throw MalformedMessage(
                    "attribute \(kind) says \(length) bytes of \(bytes.endIndex - start)")
            }
            // The two high bits say NLA_F_NESTED and NLA_F_NET_BYTEORDER.
            entries.append(Entry(kind: kind & 0x3fff, start: start + 4, end: start + length))
            start += (length + 3) & ~3
        }
    }

    /// The content of the last attribute of this kind.
    public subscript(kind: Int) -> ArraySlice<UInt8>? {
        entries.last { $0.kind == kind }.map { bytes[$0.start..<$0.end] }
    }

    /// The contents of all attributes of this kind, or of whatever kind, in their order.
    package func contents(of kind: Int? = nil) -> [ArraySlice<UInt8>] {
        entries.filter { kind == nil || $0.kind == kind }.map { bytes[$0.start..<$0.end] }
    }

    /// The attributes but those of the given numbers.
    package func others(than known: AttributeKinds) -> RawAttributes {
        var others = RawAttributes()
        // In one piece and without references: a link has some 60 attributes, and a node many links.
        bytes.withUnsafeBytes { base in
            for entry in entries where !known.contains(entry.kind) {
                let (start, end) = (entry.start - 4 - bytes.startIndex, entry.end - bytes.startIndex)
                if others.bytes.isEmpty { others.bytes.reserveCapacity(base.count - start + 4) }
                others.bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: base[start..<end]))
                while others.bytes.count & 3 != 0 { others.bytes.append(0) }
            }
        }
        return others
    }

    /// Passes the number of each attribute, and its bytes with the header, without padding.
    func forEach(_ body: (_ kind: Int, _ attribute: ArraySlice<UInt8>) -> Void) {
        for entry in entries { body(entry.kind, bytes[entry.start - 4..<entry.end]) }
    }

    /// A number in host byte order, or nil if there is none; throws if it has another width.
    public func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ kind: Int, _: Number.Type = Number.self
    ) throws(MalformedMessage) -> Number? {
        guard let payload = self[kind] else { return nil }
        guard payload.count == MemoryLayout<Number>.size else {
            throw MalformedMessage(
                "attribute \(kind) has \(payload.count) bytes, not \(MemoryLayout<Number>.size)")
        }
        return payload.load(Number.self)
    }

    /// A number in network byte order, or nil if there is none; throws if it has another width.
    public func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(
        _ kind: Int, _: Number.Type = Number.self
    ) throws(MalformedMessage) -> Number? {
        try number(kind, Number.self).map { Number(bigEndian: $0) }
    }

    /// A number of 8 bits that says yes or no, or nil if there is none; throws if it has another width.
    public func bool(_ kind: Int) throws(MalformedMessage) -> Bool? {
        try number(kind, UInt8.self).map { $0 != 0 }
    }

    /// A string, without the NUL at its end.
    public func string(_ kind: Int) -> String? {
        self[kind].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// An IP address, or nil if there is none; throws if it has neither 4 bytes nor 16.
    package func address(_ kind: Int) throws(MalformedMessage) -> IPAddress? {
        guard let payload = self[kind] else { return nil }
        guard let address = IPAddress(bytes: payload) else {
            throw MalformedMessage("attribute \(kind) has \(payload.count) bytes: no address")
        }
        return address
    }

    /// A link-layer address of 6 bytes, or nil if there is none.
    package func mac(_ kind: Int) -> MACAddress? { self[kind].flatMap { MACAddress(bytes: $0) } }

    /// The attributes in a nest; empty if there is no such nest.
    public func nest(_ kind: Int) throws(MalformedMessage) -> Attributes {
        try Attributes(self[kind] ?? [])
    }
}

extension ArraySlice<UInt8> {
    /// Loads a value from the start, which must be long enough: callers check the count first.
    package func load<Value: BitwiseCopyable>(_: Value.Type) -> Value { load(Value.self, at: startIndex) }

    /// Loads a value that begins at an index, with enough bytes from there on: callers check that first.
    package func load<Value: BitwiseCopyable>(_: Value.Type, at index: Int) -> Value {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index - startIndex, as: Value.self) }
    }

    /// Loads a fixed header from the start, or throws if there are too few bytes.
    package func header<Header: BitwiseCopyable>(_: Header.Type) throws(MalformedMessage) -> Header {
        guard count >= MemoryLayout<Header>.size else {
            throw MalformedMessage("\(count) bytes are too few for a header of \(MemoryLayout<Header>.size)")
        }
        return load(Header.self)
    }

    /// What follows a fixed header and its padding.
    package func after<Header: BitwiseCopyable>(_: Header.Type) -> ArraySlice<UInt8> {
        dropFirst((MemoryLayout<Header>.size + 3) & ~3)
    }
}
