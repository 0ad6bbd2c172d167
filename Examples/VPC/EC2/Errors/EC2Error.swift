// SPDX-License-Identifier: Apache-2.0

/// A failure of a call to EC2.
///
/// See https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html.
public struct EC2Error: Error, Hashable, Sendable {
    /// What follows from it.
    public var kind: Kind
    /// The call: `CreateNetworkInterface`.
    public var action: String
    /// EC2's own code, `InsufficientFreeAddressesInSubnet`; empty if EC2 has not answered.
    public var code: String
    /// EC2's own message, or what went wrong before it could answer.
    public var message: String
    /// The id that AWS's support asks for.
    public var requestID: String?
    /// The HTTP status; nil if EC2 has not answered.
    public var status: Int?
    /// Whether EC2 may have done it all the same: the answer is lost, or said that EC2 itself failed.
    ///
    /// Such a call is repeated by ``EC2Client`` only where a second time changes nothing. Otherwise look with a
    /// Describe call before you repeat it.
    public var mayHaveHappened: Bool

    /// Creates a failure.
    public init(
        _ kind: Kind, action: String, code: String = "", message: String, requestID: String? = nil,
        status: Int? = nil, mayHaveHappened: Bool = false
    ) {
        self.kind = kind
        self.action = action
        self.code = code
        self.message = message
        self.requestID = requestID
        self.status = status
        self.mayHaveHappened = mayHaveHappened
    }

    /// The permission of IAM that is missing, `ec2:CreateNetworkInterface`; nil for other failures.
    ///
    /// It may be another one than the call's own: a call that sets tags needs `ec2:CreateTags`, too.
    public var missingPermission: String? {
        guard kind == .unauthorized else { return nil }
        let marker = "not authorized to perform: "
        guard let range = message.firstRange(of: marker) else { return "ec2:\(action)" }
        let word = message[range.upperBound...].prefix {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ":")
        }
        return word.contains(":") ? String(word) : "ec2:\(action)"
    }
}

extension EC2Error: CustomStringConvertible {
    /// The call, the code, the message, and the id of the request.
    public var description: String {
        var text = action
        if let missingPermission { text += ": missing IAM permission \(missingPermission)" }
        if !code.isEmpty { text += ": \(code)" }
        text += ": \(message)"
        var details: [String] = []
        if let status { details.append("HTTP \(status)") }
        if let requestID { details.append("request \(requestID)") }
        return details.isEmpty ? text : "\(text) (\(details.joined(separator: ", ")))"
    }
}
