// SPDX-License-Identifier: Apache-2.0

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
    package init(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) {
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
    package subscript(kind: Int) -> ArraySlice<UInt8>? {
        entries.last { $0.kind == kind }.map { bytes[$0.start..<$0.end] }
    }

    /// The contents of all attributes of this kind, or of whatever kind, in their order.
    package func contents(of kind: Int? = nil) -> [ArraySlice<UInt8>] {
        entries.filter { kind == nil || $0.kind == kind }.map { bytes[$0.start..<$0.end] }
    }

    /// A number in host byte order, or nil if there is none or it has another width.
    package func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ kind: Int, _: Number.Type = Number.self
    ) -> Number? {
        guard let payload = self[kind], payload.count == MemoryLayout<Number>.size else { return nil }
        return payload.load(Number.self)
    }

    /// A number in network byte order.
    package func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(
        _ kind: Int, _: Number.Type = Number.self
    ) -> Number? {
        number(kind, Number.self).map { Number(bigEndian: $0) }
    }

    /// A string, without the NUL at its end.
    package func string(_ kind: Int) -> String? {
        self[kind].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The attributes in a nest; empty if there is no such nest.
    package func nest(_ kind: Int) throws(MalformedMessage) -> Attributes {
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
