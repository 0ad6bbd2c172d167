// SPDX-License-Identifier: Apache-2.0

/// Attributes under construction, in a request to the kernel.
///
/// What does not fit makes the whole request fail with EMSGSIZE.
public struct AttributeWriter: ~Copyable {
    package var request: NetlinkRequest

    /// Appends a number in host byte order.
    public mutating func number<Number: FixedWidthInteger>(_ kind: Int, _ value: Number) {
        request.attribute(kind, value)
    }

    /// Appends a number in network byte order.
    public mutating func bigEndian<Number: FixedWidthInteger>(_ kind: Int, _ value: Number) {
        request.attribute(kind, bigEndian: value)
    }

    /// Appends a number of 8 bits that says yes or no.
    public mutating func bool(_ kind: Int, _ value: Bool) {
        request.attribute(kind, UInt8(value ? 1 : 0))
    }

    /// Appends bytes.
    public mutating func bytes(_ kind: Int, _ value: [UInt8]) { request.attribute(kind, bytes: value) }

    /// Appends a NUL-terminated string.
    public mutating func string(_ kind: Int, _ value: String) { request.attribute(kind, value) }

    /// Appends an attribute without content, whose presence says it all.
    public mutating func flag(_ kind: Int) { request.flag(kind) }

    /// Appends an attribute that contains the attributes that `body` appends.
    public mutating func nest(_ kind: Int, _ body: (inout AttributeWriter) -> Void) {
        request.nest(kind) { $0.write(body) }
    }

    /// Appends attributes as they are.
    public mutating func append(_ attributes: RawAttributes) { request.append(attributes) }
}

extension NetlinkRequest {
    /// Has `body` append attributes.
    package mutating func write(_ body: (inout AttributeWriter) -> Void) {
        var writer = AttributeWriter(request: self)
        body(&writer)
        self = writer.request
    }
}
