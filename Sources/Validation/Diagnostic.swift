// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// One thing that is wrong, or looks wrong, in a configuration.
public struct Diagnostic: Hashable, Sendable {
    /// How bad it is.
    public enum Severity: String, Hashable, Sendable {
        /// A plugin or a runtime refuses the configuration.
        case error
        /// It is taken, and probably not meant so.
        case warning
    }

    /// How bad it is.
    public let severity: Severity
    /// The place in the document, such as `plugins[0].ipam.ranges[0][1].subnet`.
    public let path: JSONPath
    /// The place in the text; nil for an empty text.
    ///
    /// It is a value's, or, for a key that should not be there, the key's. For what is missing it is that of
    /// the object where it should be.
    public let position: TextPosition?
    /// What is wrong.
    public let message: String
    /// What was probably meant: a key.
    public let suggestion: String?

    /// The object that a program can read.
    public var json: JSON {
        var members: JSONObject = [
            "severity": .string(severity.rawValue), "path": .string(path.description),
            "message": .string(message),
        ]
        if let position {
            members["line"] = JSON(position.line)
            members["column"] = JSON(position.column)
        }
        if let suggestion { members["suggestion"] = .string(suggestion) }
        return .object(members)
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `3:12: error: plugins[0].mtu: expected an integer, found a string`.
    public var description: String {
        let place = position.map { "\($0.line):\($0.column): " } ?? ""
        let path = path.isDocument ? "" : "\(path): "
        let hint = suggestion.map { "; did you mean \"\($0)\"?" } ?? ""
        return "\(place)\(severity.rawValue): \(path)\(message)\(hint)"
    }
}
