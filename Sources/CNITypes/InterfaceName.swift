// SPDX-License-Identifier: Apache-2.0

/// The name of a Linux network interface.
///
/// 1 to 15 bytes, not `.` or `..`, without `/`, `:` and white space (CNI specification 1.1.0, section 2,
/// "Parameters"; `dev_valid_name` in the kernel).
public struct InterfaceName: Hashable, Sendable {
    /// The text.
    public let rawValue: String

    /// Checks a name.
    ///
    /// - Throws: ``CNIError/Code/invalidEnvironment`` for a name that breaks the rules.
    public init(_ text: String) throws(CNIError) {
        if text.isEmpty { throw CNIError(.invalidEnvironment, "interface name is empty") }
        if text.utf8.count > 15 {
            throw CNIError(
                .invalidEnvironment, "interface name is too long",
                details: "interface name should be less than 16 characters")
        }
        if text == "." || text == ".." {
            throw CNIError(.invalidEnvironment, "interface name is . or ..")
        }
        guard text.unicodeScalars.allSatisfy({ $0 != "/" && $0 != ":" && !$0.properties.isWhitespace })
        else {
            throw CNIError(
                .invalidEnvironment, "interface name contains / or : or whitespace characters")
        }
        // The kernel would take what is before it for the name.
        if text.utf8.contains(0) {
            throw CNIError(.invalidEnvironment, "interface name contains a zero byte")
        }
        rawValue = text
    }

    /// Whether Linux takes it for a pattern: with a `%` in it, a new link gets another name (`br%d` makes `br0`) or none.
    ///
    /// The specification allows it. No link has such a name, so an ADD has to refuse it, and for a DEL there is
    /// nothing of it (`__dev_alloc_name` in the kernel).
    public var isPattern: Bool { rawValue.utf8.contains(UInt8(ascii: "%")) }
}

extension InterfaceName: CustomStringConvertible {
    /// The text.
    public var description: String { rawValue }
}

extension InterfaceName: Decodable {
    /// Decodes and checks a string.
    public init(from decoder: any Decoder) throws {
        try self.init(String(from: decoder))
    }
}
