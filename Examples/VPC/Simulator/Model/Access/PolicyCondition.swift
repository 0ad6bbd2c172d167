// SPDX-License-Identifier: Apache-2.0

/// A condition of a policy's statement, such as `StringEquals` on `aws:RequestTag/cluster`.
public struct PolicyCondition: Sendable {
    /// How values are compared.
    public enum Comparison: String, Sendable, CaseIterable {
        /// One of the values, exactly.
        case equals = "StringEquals"
        /// None of the values.
        case notEquals = "StringNotEquals"
        /// One of the patterns.
        case like = "StringLike"
        /// None of the patterns.
        case notLike = "StringNotLike"
        /// One of the values in any letter case.
        case equalsIgnoringCase = "StringEqualsIgnoreCase"
        /// Whether the key is absent.
        case null = "Null"
    }

    let comparison: Comparison
    let key: String
    let values: [String]
    let ifExists: Bool
    let forAllValues: Bool

    /// A condition from its parts.
    ///
    /// - Parameters:
    ///   - comparison: how values are compared.
    ///   - key: `aws:RequestTag/NAME`, `aws:ResourceTag/NAME`, `ec2:ResourceTag/NAME`, `aws:TagKeys` or
    ///     `ec2:CreateAction`; others are absent in every call.
    ///   - values: one of them has to match.
    ///   - ifExists: whether an absent key is fine (`…IfExists`).
    ///   - forAllValues: whether each of the key's values has to match (`ForAllValues:`), and none is fine, too.
    public init(
        _ comparison: Comparison, key: String, values: [String], ifExists: Bool = false,
        forAllValues: Bool = false
    ) {
        self.comparison = comparison
        self.key = key
        self.values = values
        self.ifExists = ifExists
        self.forAllValues = forAllValues
    }

    func holds(for access: Access) -> Bool {
        let found = values(in: access)
        switch comparison {
        case .null: return values.contains(found.isEmpty ? "true" : "false")
        case .notEquals, .notLike: return !found.contains(where: matches)
        case .equals, .like, .equalsIgnoringCase:
            if found.isEmpty { return ifExists || forAllValues }
            return forAllValues ? found.allSatisfy(matches) : found.contains(where: matches)
        }
    }

    private func matches(_ value: String) -> Bool {
        switch comparison {
        case .equals, .notEquals: values.contains(value)
        case .like, .notLike: values.contains { Wildcard($0).matches(value) }
        case .equalsIgnoringCase: values.contains { $0.lowercased() == value.lowercased() }
        case .null: false
        }
    }

    private func values(in access: Access) -> [String] {
        let parts = key.split(separator: "/", maxSplits: 1)
        let name = parts.count > 1 ? String(parts[1]) : ""
        switch parts.first?.lowercased() {
        case "aws:requesttag": return access.requestTags[name].map { [$0] } ?? []
        case "aws:resourcetag", "ec2:resourcetag": return access.resourceTags[name].map { [$0] } ?? []
        case "aws:tagkeys": return access.requestTags.keys.sorted()
        case "ec2:createaction": return access.createAction.map { [$0] } ?? []
        default: return []
        }
    }
}
