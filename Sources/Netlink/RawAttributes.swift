// SPDX-License-Identifier: Apache-2.0

/// Attributes that this package has no word for, as they came: nothing that the kernel reports is lost.
public struct RawAttributes: Hashable, Sendable {
    /// One attribute.
    public struct Element: Hashable, Sendable {
        /// Its number, without the flags in its high bits.
        public let kind: Int
        /// Its content.
        public let content: [UInt8]
    }

    /// The attributes with their headers and padding, as in a message.
    public package(set) var bytes: [UInt8]

    /// Creates a list of none.
    public init() { bytes = [] }

    /// Takes attributes as they are in a message; throws if their lengths make no sense.
    public init(bytes: [UInt8]) throws(MalformedMessage) {
        _ = try Attributes(bytes[...])
        self.bytes = bytes
        while self.bytes.count % 4 != 0 { self.bytes.append(0) }
    }

    /// Whether there are none.
    public var isEmpty: Bool { bytes.isEmpty }

    /// The attributes, in their order.
    public var elements: [Element] {
        // What is here has been walked before.
        guard let attributes = try? Attributes(bytes[...]) else { return [] }
        return attributes.elements
    }

    /// Appends an attribute.
    public mutating func append(_ kind: Int, _ content: [UInt8]) {
        let header = (UInt16(truncatingIfNeeded: content.count + 4), UInt16(truncatingIfNeeded: kind))
        bytes += withUnsafeBytes(of: header) { [UInt8]($0) } + content
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    /// Appends an attribute with its header, padded.
    mutating func append(_ attribute: ArraySlice<UInt8>) {
        bytes += attribute
        while bytes.count % 4 != 0 { bytes.append(0) }
    }
}

/// Some numbers of attributes below 128, as a set with a bit for each.
package struct AttributeKinds: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    package init(_ kinds: [Int]) { for kind in kinds { insert(kind) } }

    // The shifts that check nothing: the others are calls.
    package mutating func insert(_ kind: Int) {
        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: kind)
        if kind < 64 { low |= bit } else if kind < 128 { high |= bit }
    }

    package func contains(_ kind: Int) -> Bool {
        if kind >= 128 { return false }
        return (kind < 64 ? low : high) &>> UInt64(truncatingIfNeeded: kind) & 1 != 0
    }

    /// These numbers and one more.
    package func with(_ kind: Int) -> AttributeKinds {
        var kinds = self
        kinds.insert(kind)
        return kinds
    }
}

extension Attributes {
    /// The attributes but those of the given numbers.
    package func others(than known: [Int]) -> RawAttributes { others(than: AttributeKinds(known)) }

    /// The attributes of the given numbers, as they are.
    package func only(_ kinds: [Int]) -> RawAttributes {
        var wanted = RawAttributes()
        forEach { kind, attribute in
            if kinds.contains(kind) { wanted.append(attribute) }
        }
        return wanted
    }

    /// All attributes.
    public var elements: [RawAttributes.Element] {
        var elements: [RawAttributes.Element] = []
        forEach { kind, attribute in
            elements.append(RawAttributes.Element(kind: kind, content: [UInt8](attribute.dropFirst(4))))
        }
        return elements
    }
}
