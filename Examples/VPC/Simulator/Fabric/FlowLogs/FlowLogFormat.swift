// SPDX-License-Identifier: Apache-2.0

/// Which fields a flow log's lines have, in which order.
public struct FlowLogFormat: Hashable, Sendable, CustomStringConvertible {
    /// The fields, at least one.
    public let fields: [FlowLogField]

    /// The format of flow logs for which none is chosen: the fields of version 2.
    public static let standard = FlowLogFormat(fields: FlowLogField.allCases.filter { $0.version == 2 })

    private init(fields: [FlowLogField]) { self.fields = fields }

    /// Parses a format as CreateFlowLogs takes it: `${version} ${vpc-id} ${pkt-srcaddr}`.
    public init(_ text: String) throws(FlowLogFormatError) {
        var fields: [FlowLogField] = []
        for word in text.split(separator: " ") {
            guard word.hasPrefix("${"), word.hasSuffix("}") else { throw .notAField(String(word)) }
            guard let field = FlowLogField(rawValue: String(word.dropFirst(2).dropLast())) else {
                throw .unknownField(String(word))
            }
            guard !fields.contains(field) else { throw .repeatedField(String(word)) }
            fields.append(field)
        }
        guard !fields.isEmpty else { throw .empty }
        self.fields = fields
    }

    /// The highest version among the fields, which `version` shows.
    public var version: Int { fields.map(\.version).max() ?? 2 }

    /// The names of the fields, a file's first line.
    public var header: String { fields.map(\.rawValue).joined(separator: " ") }

    /// As CreateFlowLogs takes it.
    public var description: String { fields.map { "${\($0.rawValue)}" }.joined(separator: " ") }

    /// The line of a record; `-` is what is not known or does not apply.
    public func line(_ record: FlowRecord) -> String {
        fields.map { $0.text(record, version: version) }.joined(separator: " ")
    }
}

/// Why a text is not a format.
public enum FlowLogFormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no field.
    case empty
    /// A word that is not of the form `${NAME}`.
    case notAField(String)
    /// A field that versions 2 to 5 do not have.
    case unknownField(String)
    /// A field that comes twice.
    case repeatedField(String)

    /// What is wrong, with the word.
    public var description: String {
        switch self {
        case .empty: "flow log format has no field"
        case .notAField(let word): "flow log format: \(word) is not of the form ${NAME}"
        case .unknownField(let word): "flow log format: no version from 2 to 5 has the field \(word)"
        case .repeatedField(let word): "flow log format: \(word) comes twice"
        }
    }
}
