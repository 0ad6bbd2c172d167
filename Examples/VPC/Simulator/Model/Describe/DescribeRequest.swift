// SPDX-License-Identifier: Apache-2.0

/// A filter of a Describe: one of the values, which may have `*` and `?`, has to match.
package struct Filter: Hashable, Sendable {
    package var name: String
    package var values: [String]

    package init(_ name: String, _ values: [String]) {
        self.name = name
        self.values = values
    }
}

/// What all Describes are asked by.
package struct DescribeRequest: Hashable, Sendable {
    package var ids: [String] = []
    package var filters: [Filter] = []
    package var maxResults: Int?
    package var nextToken: String?

    package init(
        ids: [String] = [], filters: [Filter] = [], maxResults: Int? = nil, nextToken: String? = nil
    ) {
        self.ids = ids
        self.filters = filters
        self.maxResults = maxResults
        self.nextToken = nextToken
    }

    /// Whether it neither filters nor pages.
    var isBroad: Bool { ids.isEmpty && filters.isEmpty && maxResults == nil }
}

/// What a Describe answers.
package struct Page<Item: Sendable>: Sendable {
    /// The resources.
    package let items: [Item]
    /// What the next page is asked for by; nil on the last one.
    package let nextToken: String?
    /// What there was when it was looked, for what the resources refer to.
    package let resources: Resources
}

/// What can be described.
package protocol Describable: Sendable {
    var id: String { get }
    var serial: UInt64 { get }
    var tags: [String: String] { get }

    /// The resource's values of a filter, or nil if there is no such filter.
    func values(of filter: String, in scope: FilterScope) -> [String]?
}

/// What filters may look at besides the resource.
package struct FilterScope: Sendable {
    let resources: Resources
    let settings: RegionSettings
}

/// How the identifiers and pages of a Describe are limited.
struct DescribeRules {
    /// The name of the list of identifiers in messages.
    let idsName: String
    /// The name of the number in messages.
    var maxResultsName = "maxResults"
    /// How many results a page may have; nil is any number.
    var pageSizes: ClosedRange<Int>? = 5...1000
    /// Whether identifiers and a page size exclude each other.
    var idsExcludePages = true
}
