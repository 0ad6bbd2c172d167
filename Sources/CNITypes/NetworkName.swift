// SPDX-License-Identifier: Apache-2.0

/// A network's name, unique on a host.
///
/// It starts with an ASCII letter or digit; letters, digits, `_`, `.` and `-` follow
/// (CNI specification 1.1.0, section 1, "Configuration format").
public struct NetworkName: Hashable, Sendable {
    /// The text.
    public let rawValue: String

    /// Checks a name.
    ///
    /// - Throws: ``CNIError/Code/invalidConfiguration`` for an empty name and for other characters.
    public init(_ text: String) throws(CNIError) {
        if text.isEmpty { throw CNIError(.invalidConfiguration, "missing network name") }
        guard text.isIdentifier else {
            throw CNIError(.invalidConfiguration, "invalid characters found in network name", details: text)
        }
        rawValue = text
    }
}

extension NetworkName: CustomStringConvertible {
    /// The text.
    public var description: String { rawValue }
}

extension NetworkName: Decodable {
    /// Decodes and checks a string.
    public init(from decoder: any Decoder) throws {
        try self.init(String(from: decoder))
    }
}
