// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

extension Region {
    /// Filters and pages resources.
    ///
    /// - Parameters:
    ///   - all: the resources by identifier.
    ///   - notFound: the refusal for an identifier that nobody has.
    func describe<Item: Describable>(
        _ all: [String: Item], by request: DescribeRequest, rules: DescribeRules, in resources: Resources,
        check: (String) throws(EC2Error) -> Void, notFound: (String) -> EC2Error
    ) throws(EC2Error) -> Page<Item> {
        try checkPaging(request, rules: rules)
        let filters = try request.filters.map { (filter) throws(EC2Error) in
            guard !filter.values.isEmpty else {
                throw .invalidValue("The filter '\(filter.name)' has no value")
            }
            return (name: filter.name, patterns: filter.values.map { Wildcard($0) })
        }
        guard request.filters.reduce(0, { $0 + $1.values.count }) <= 200 else {
            throw EC2Error(
                "FilterLimitExceeded",
                "The maximum number of filter values specified on a single call is 200.")
        }
        var items: [Item] = []
        if request.ids.isEmpty {
            items = Array(all.values)
        } else {
            for id in Set(request.ids).sorted() {
                try check(id)
                guard let item = all[id] else { throw notFound(id) }
                items.append(item)
            }
        }
        let scope = FilterScope(resources: resources, settings: settings)
        if let item = items.first ?? all.values.first {
            // A name that is none is refused even if nothing is left to filter.
            for filter in filters { _ = try item.matching(filter.name, in: scope) }
        }
        let matches = { (item: Item) throws(EC2Error) -> Bool in
            for filter in filters {
                let values = try item.matching(filter.name, in: scope)
                guard values.contains(where: { value in filter.patterns.contains { $0.matches(value) } })
                else {
                    return false
                }
            }
            return true
        }
        if !faults.filtersAfterPaging, !filters.isEmpty {
            var selected: [Item] = []
            for item in items where try matches(item) { selected.append(item) }
            items = selected
        }
        let token = PageToken(request, kind: rules.idsName)
        // Places are sorted rather than the resources, which are large.
        var rest = items.indices.map { (serial: items[$0].serial, index: $0) }.sorted {
            $0.serial < $1.serial
        }
        .map { items[$0.index] }
        if let text = request.nextToken {
            let last = try token.serial(from: text)
            rest.removeAll { $0.serial <= last }
        }
        var page = rest
        var next: String?
        if let size = request.maxResults, rest.count > size {
            page = Array(rest.prefix(size))
            next = page.last.map { token.text(after: $0.serial) }
        }
        if faults.filtersAfterPaging {
            var kept: [Item] = []
            for item in page where try matches(item) { kept.append(item) }
            page = kept
        }
        return Page(items: page, nextToken: next, resources: resources)
    }

    private func checkPaging(_ request: DescribeRequest, rules: DescribeRules) throws(EC2Error) {
        guard let size = request.maxResults else { return }
        guard !rules.idsExcludePages || request.ids.isEmpty else {
            throw .invalidCombination(
                "The parameter \(rules.idsName) cannot be used with the parameter \(rules.maxResultsName)")
        }
        guard let sizes = rules.pageSizes else {
            guard size >= 1 else {
                throw .invalidValue(
                    "Value ( \(size) ) for parameter maxResults is invalid. Expecting a value greater than 0."
                )
            }
            return
        }
        guard size >= sizes.lowerBound else {
            throw .invalidValue(
                "Value ( \(size) ) for parameter maxResults is invalid. Expecting a value greater than \(sizes.lowerBound)."
            )
        }
        guard size <= sizes.upperBound else {
            throw .invalidValue(
                "Value ( \(size) ) for parameter maxResults is invalid. Expecting a value smaller than \(sizes.upperBound)."
            )
        }
    }
}

extension Describable {
    /// The values of a filter, those of tags included.
    fileprivate func matching(_ filter: String, in scope: FilterScope) throws(EC2Error) -> [String] {
        if filter.hasPrefix("tag:") { return tags[String(filter.dropFirst(4))].map { [$0] } ?? [] }
        switch filter {
        case "tag-key": return Array(tags.keys)
        case "tag-value": return Array(tags.values)
        default:
            guard let values = values(of: filter, in: scope) else {
                throw .invalidValue("The filter '\(filter)' is invalid")
            }
            return values
        }
    }
}

/// The text by which a client asks for the next page.
private struct PageToken {
    /// What the pages are of: a token is good for the same request only.
    let fingerprint: String

    init(_ request: DescribeRequest, kind: String) {
        let texts = [kind] + request.filters.flatMap { [$0.name] + $0.values.sorted() }
        fingerprint = String(StableHash.number(texts.joined(separator: "\u{0}")), radix: 16)
    }

    func text(after serial: UInt64) -> String { "\(fingerprint).\(String(serial, radix: 16))" }

    func serial(from text: String) throws(EC2Error) -> UInt64 {
        let parts = text.split(separator: ".")
        guard parts.count == 2, let serial = UInt64(parts[1], radix: 16), UInt64(parts[0], radix: 16) != nil
        else {
            throw EC2Error("InvalidNextToken", "The token '\(text)' is invalid")
        }
        guard parts[0] == fingerprint else {
            throw EC2Error(
                "InvalidPaginationToken", "The token was given for a request with other parameters")
        }
        return serial
    }
}
