// SPDX-License-Identifier: Apache-2.0

/// A refusal as EC2 words it: clients match on the code, and several on the text.
public struct EC2Error: Error, Hashable, Sendable {
    /// The code, such as `InvalidNetworkInterfaceID.NotFound`.
    public let code: String
    /// The text for people, on which some clients match all the same.
    public let message: String
    /// The HTTP status: 400 for most.
    public let status: Int

    /// A refusal from its code, text and HTTP status.
    public init(_ code: String, _ message: String, status: Int? = nil) {
        self.code = code
        self.message = message
        self.status = status ?? Self.statuses[code] ?? 400
    }

    private static let statuses = [
        "AuthFailure": 401, "UnauthorizedOperation": 403, "DryRunOperation": 412, "InternalError": 500,
        "RequestLimitExceeded": 503, "Unavailable": 503, "SignatureDoesNotMatch": 403,
    ]
}

extension EC2Error: CustomStringConvertible {
    /// `code: message`.
    public var description: String { "\(code): \(message)" }
}

extension EC2Error {
    /// A value that the parameter cannot have.
    package static func invalidValue(_ message: String) -> EC2Error {
        EC2Error("InvalidParameterValue", message)
    }

    /// Parameters that exclude each other.
    package static func invalidCombination(_ message: String) -> EC2Error {
        EC2Error("InvalidParameterCombination", message)
    }

    /// A required parameter that is not there.
    package static func missing(_ parameter: String) -> EC2Error {
        EC2Error("MissingParameter", "The request must contain the parameter \(parameter)")
    }

    /// A resource that nobody has.
    package static func notFound(_ kind: ResourceKind, _ id: String) -> EC2Error {
        EC2Error(kind.notFoundCode, "The \(kind.noun) ID '\(id)' does not exist")
    }

    /// What the account's present state does not admit.
    static func incorrectState(_ message: String) -> EC2Error { EC2Error("IncorrectState", message) }

    /// What something else still uses.
    static func dependency(_ message: String) -> EC2Error { EC2Error("DependencyViolation", message) }
}
