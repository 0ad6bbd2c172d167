// SPDX-License-Identifier: Apache-2.0

/// What a principal may do, as an IAM policy document says it.
public struct Policy: Sendable {
    /// One statement.
    public struct Statement: Sendable {
        let allows: Bool
        let actions: [Wildcard]
        let resources: [Wildcard]
        let conditions: [PolicyCondition]

        /// A statement from its parts.
        ///
        /// - Parameters:
        ///   - allows: `Allow`, or else `Deny`.
        ///   - actions: such as `ec2:Describe*`; letter case does not matter.
        ///   - resources: such as `arn:aws:ec2:*:*:network-interface/*` or `*`.
        ///   - conditions: every one of them has to hold.
        public init(allows: Bool, actions: [String], resources: [String], conditions: [PolicyCondition] = [])
        {
            self.allows = allows
            self.actions = actions.map { Wildcard($0) }
            self.resources = resources.map { Wildcard($0) }
            self.conditions = conditions
        }

        func applies(to access: Access, as action: String, on resource: String) -> Bool {
            actions.contains { $0.matches(action, ignoringCase: true) }
                && resources.contains { $0.matches(resource) }
                && conditions.allSatisfy { $0.holds(for: access) }
        }
    }

    /// The statements; the order does not matter.
    public let statements: [Statement]

    /// A policy from its statements.
    public init(statements: [Statement]) { self.statements = statements }

    /// What a policy says to an access.
    enum Verdict { case allowed, denied, silent }

    func verdict(on access: Access, resource: String) -> Verdict {
        let applying = statements.filter { $0.applies(to: access, as: "ec2:\(access.action)", on: resource) }
        if applying.contains(where: { !$0.allows }) { return .denied }
        return applying.isEmpty ? .silent : .allowed
    }
}

/// What one resource is needed for; a call is admitted when every one of its accesses is.
package struct Access: Sendable {
    /// Such as `CreateNetworkInterface`; `CreateTags` for the tags that a call gives with it.
    package var action: String
    /// The end of the resource's name, such as `subnet/subnet-0…` or `network-interface/*`, or `*`.
    package var resource: String
    /// The tags that the call would give.
    package var requestTags: [String: String] = [:]
    /// The tags that the resource has.
    package var resourceTags: [String: String] = [:]
    /// The call that gives the tags (`ec2:CreateAction`).
    package var createAction: String?

    /// Access to an existing resource with its tags.
    package static func existing(_ id: String, _ action: String, in resources: Resources) -> Access {
        Access(
            action: action, resource: "\(ResourceKind(id: id)?.rawValue ?? "*")/\(id)",
            resourceTags: resources.tags(of: id) ?? [:])
    }

    /// Access to a resource that the call makes, and to the tags that it gives it.
    package static func new(_ kind: ResourceKind, _ action: String, tags: [String: String]) -> [Access] {
        let made = Access(action: action, resource: "\(kind.rawValue)/*", requestTags: tags)
        guard !tags.isEmpty else { return [made] }
        return [
            made,
            Access(
                action: "CreateTags", resource: "\(kind.rawValue)/*", requestTags: tags, createAction: action),
        ]
    }
}
