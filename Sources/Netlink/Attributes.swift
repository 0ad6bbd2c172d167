// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// The attributes of a received message or of a nest in one, walked once and known to be well-formed.
///
/// Nothing that the other side says of lengths can lead out of bounds or around in circles.
public struct Attributes: Sendable {
    /// An attribute; not a tuple, for a list of which the runtime would have to make two types.
    package struct Entry: Sendable {
        package let kind: Int
        package let payload: ArraySlice<UInt8>
    }

    /// All attributes in their order.
    package private(set) var all: [Entry] = []

    /// Walks the attributes in `bytes`.
    package init(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) {
        var rest = bytes
        // Fewer bytes than a header are padding.
        while rest.count >= 4 {
            let length = Int(rest.load(UInt16.self))
            let kind = Int(rest.dropFirst(2).load(UInt16.self))
            guard length >= 4, length <= rest.count else {
                throw MalformedMessage("attribute \(kind) says \(length) bytes of \(rest.count)")
            }
            // The two high bits say NLA_F_NESTED and NLA_F_NET_BYTEORDER.
            all.append(Entry(kind: kind & 0x3fff, payload: rest.prefix(length).dropFirst(4)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
    }

    /// The content of the last attribute of this kind.
    package subscript(kind: Int) -> ArraySlice<UInt8>? {
        all.last { $0.kind == kind }?.payload
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
    package func load<Value: BitwiseCopyable>(_: Value.Type) -> Value {
        withUnsafeBytes { $0.loadUnaligned(as: Value.self) }
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
