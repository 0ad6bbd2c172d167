// SPDX-License-Identifier: Apache-2.0

/// What a network has to say about name resolution (`resolv.conf(5)`).
public struct DNS: Hashable, Sendable {
    /// The addresses of name servers, in order of preference.
    public var nameservers: [String]
    /// The local domain for short names.
    public var domain: String?
    /// The search domains for short names, in order of preference.
    public var search: [String]
    /// The resolver's options.
    public var options: [String]

    /// Creates DNS information.
    public init(
        nameservers: [String] = [], domain: String? = nil, search: [String] = [], options: [String] = []
    ) {
        self.nameservers = nameservers
        self.domain = domain
        self.search = search
        self.options = options
    }

    /// Whether there is nothing in it.
    public var isEmpty: Bool {
        nameservers.isEmpty && (domain ?? "").isEmpty && search.isEmpty && options.isEmpty
    }

    /// The JSON object, the same in every version, without what is empty.
    public var json: JSON {
        var members = JSONObject()
        if !nameservers.isEmpty { members["nameservers"] = JSON(nameservers) }
        if let domain, !domain.isEmpty { members["domain"] = .string(domain) }
        if !search.isEmpty { members["search"] = JSON(search) }
        if !options.isEmpty { members["options"] = JSON(options) }
        return .object(members)
    }
}

extension DNS: Decodable {
    /// Decodes the object, in which every key is optional.
    public init(from decoder: any Decoder) throws {
        self = try decoder.read { cursor throws(CNIError) in try DNS(cursor) }
    }

    package init(_ cursor: JSONCursor) throws(CNIError) {
        _ = try cursor.members()
        nameservers = try cursor["nameservers"].texts()
        domain = try cursor["domain"].nonEmptyText()
        search = try cursor["search"].texts()
        options = try cursor["options"].texts()
    }
}
