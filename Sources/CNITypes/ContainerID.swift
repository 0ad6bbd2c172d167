// SPDX-License-Identifier: Apache-2.0

/// A container's identifier, as the runtime gives it in `CNI_CONTAINERID`.
///
/// It starts with an ASCII letter or digit; letters, digits, `_`, `.` and `-` follow
/// (CNI specification 1.1.0, section 2, "Parameters").
public struct ContainerID: Hashable, Sendable {
    /// The text.
    public let rawValue: String

    /// Checks an identifier.
    ///
    /// - Throws: ``CNIError/Code/unknownContainer`` for an empty one,
    ///   ``CNIError/Code/invalidEnvironment`` for other characters.
    public init(_ text: String) throws(CNIError) {
        if text.isEmpty { throw CNIError(.unknownContainer, "missing containerID") }
        guard text.isIdentifier else {
            throw CNIError(.invalidEnvironment, "invalid characters in containerID", details: text)
        }
        rawValue = text
    }
}

extension ContainerID: CustomStringConvertible {
    /// The text.
    public var description: String { rawValue }
}

extension ContainerID: Decodable {
    /// Decodes and checks a string.
    public init(from decoder: any Decoder) throws {
        try self.init(String(from: decoder))
    }
}

extension String {
    /// Whether this is what the specification allows for container identifiers and network names.
    var isIdentifier: Bool {
        var isFirst = true
        for character in utf8 {
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                isFirst = false
            case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                if isFirst { return false }
            default: return false
            }
        }
        return !isFirst
    }
}
