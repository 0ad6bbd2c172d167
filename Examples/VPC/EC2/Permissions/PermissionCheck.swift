// SPDX-License-Identifier: Apache-2.0

/// What a check of permissions asks for: the node's own things, which policies with conditions look at.
public struct PermissionSubject: Hashable, Sendable {
    /// The node's instance.
    public var instanceID: String
    /// An interface of the node's, for example its primary one. Nothing is done to it.
    public var interfaceID: String
    /// That interface's attachment.
    public var attachmentID: String
    /// The subnet of new interfaces.
    public var subnetID: String
    /// The security groups of new interfaces.
    public var securityGroupIDs: [String]
    /// The tags of new interfaces.
    public var tags: [String: String]

    /// Creates a subject.
    public init(
        instanceID: String, interfaceID: String, attachmentID: String, subnetID: String,
        securityGroupIDs: [String], tags: [String: String] = [:]
    ) {
        self.instanceID = instanceID
        self.interfaceID = interfaceID
        self.attachmentID = attachmentID
        self.subnetID = subnetID
        self.securityGroupIDs = securityGroupIDs
        self.tags = tags
    }
}

/// Whether IAM allows a call.
public struct PermissionCheck: Hashable, Sendable {
    /// What is known.
    public enum Outcome: Hashable, Sendable {
        /// It would have been done (`DryRunOperation`).
        case allowed
        /// It is refused; the failure names the permission.
        case denied(EC2Error)
        /// EC2 objects to something else before it looks at permissions.
        case unknown(EC2Error)
        /// EC2 has no dry run of the call; only doing it tells.
        case cannotBeAsked
    }

    /// The permission: `ec2:CreateNetworkInterface`.
    public var permission: String
    /// What is known of it.
    public var outcome: Outcome

    /// Creates a result.
    public init(permission: String, outcome: Outcome) {
        self.permission = permission
        self.outcome = outcome
    }
}
