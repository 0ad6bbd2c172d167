// SPDX-License-Identifier: Apache-2.0

/// What a Describe call is to describe.
///
/// Ids and pages exclude each other in EC2 (`InvalidParameterCombination`), so it is one or the other here. Nothing is
/// described without pages and without ids: that would draw on the smallest of EC2's rate limits.
public enum Selection: Hashable, Sendable {
    /// Just these; EC2 fails the whole call if it knows one of them not, or not yet. No ids, no call.
    case ids([String])
    /// Whatever matches all filters, page by page. Ids as a filter's values leave out what is not there.
    case matching([Filter])

    /// Whatever matches one filter.
    public static func matching(_ name: String, _ values: String...) -> Selection {
        .matching([Filter(name, values)])
    }
}

/// A filter of a Describe call: one value of several has to match; `*` and `?` stand for any text and any character.
public struct Filter: Hashable, Sendable {
    /// The name: `vpc-id`, `attachment.instance-id`, `tag:Name`.
    public var name: String
    /// The values, at least one and at most 200.
    public var values: [String]

    /// Creates a filter.
    public init(_ name: String, _ values: [String]) {
        self.name = name
        self.values = values
    }

    /// Creates a filter with a few values.
    public init(_ name: String, _ values: String...) { self.init(name, values) }

    /// Matches a tag's value.
    public static func tag(_ key: String, _ value: String) -> Filter { Filter("tag:\(key)", [value]) }
}
