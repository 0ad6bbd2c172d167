// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// What an examination of the machine found.
public struct Finding: Sendable {
    /// How bad it is.
    public enum Severity: String, Hashable, Sendable {
        /// All is well.
        case ok
        /// It may break some containers' network, or will.
        case warning
        /// It breaks containers' network.
        case problem
    }

    /// What kind of finding it is, the same in every version: `forwarding-ipv4`.
    public let id: String
    /// How bad it is.
    public let severity: Severity
    /// What is the matter, in a line.
    public let title: String
    /// What it does to containers, and how it was seen.
    public let explanation: String
    /// A command line that mends it; nil if all is well or no single command does.
    public let remedy: String?
    private let repair: (@Sendable () throws(CNIError) -> Void)?

    init(
        _ id: String, _ severity: Severity, _ title: String, _ explanation: String, remedy: String? = nil,
        repair: (@Sendable () throws(CNIError) -> Void)? = nil
    ) {
        self.id = id
        self.severity = severity
        self.title = title
        self.explanation = explanation
        self.remedy = remedy
        self.repair = repair
    }

    /// Whether ``fix()`` does something: it cannot harm what works.
    public var isSafeToFix: Bool { repair != nil }

    /// Mends it, if that is safe; does nothing otherwise, and nothing if it is mended already.
    ///
    /// To be called in the network namespace that was examined. What is no longer as it was found stays.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``, with what was attempted and what the kernel said.
    public func fix() throws(CNIError) { try repair?() }

    /// The object that a program can read.
    public var json: JSON {
        var members: JSONObject = [
            "id": .string(id), "severity": .string(severity.rawValue), "title": .string(title),
            "explanation": .string(explanation), "isSafeToFix": .bool(isSafeToFix),
        ]
        if let remedy { members["remedy"] = .string(remedy) }
        return .object(members)
    }
}

extension Finding: CustomStringConvertible {
    /// `problem: IPv4 forwarding is off`.
    public var description: String { "\(severity.rawValue): \(title)" }
}
