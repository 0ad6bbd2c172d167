// SPDX-License-Identifier: Apache-2.0

/// CreateTags: the same key again replaces its value.
package struct CreateTags: Operation {
    package static let action = "CreateTags"

    package var resources: [String]
    package var tags: [String: String]

    package init(resources: [String], tags: [String: String]) {
        self.resources = resources
        self.tags = tags
    }

    package func accesses(in state: Resources) -> [Access] {
        resources.map { id in
            var access = Access.existing(id, Self.action, in: state)
            access.requestTags = tags
            return access
        }
    }

    package func perform(in region: inout Region) throws(EC2Error) {
        guard !resources.isEmpty else { throw .missing("resourceIdSet") }
        guard !tags.isEmpty else { throw .missing("tagSet") }
        for id in resources {
            let changed = try region.tags(of: id).merging(tags) { $1 }
            try region.checkTags(changed)
            region.setTags(changed, of: id)
        }
    }
}

/// DeleteTags: without keys all of them; with a value only where it is that one.
package struct DeleteTags: Operation {
    package static let action = "DeleteTags"

    package var resources: [String]
    package var tags: [(key: String, value: String?)]

    package init(resources: [String], tags: [(key: String, value: String?)]) {
        self.resources = resources
        self.tags = tags
    }

    package func accesses(in state: Resources) -> [Access] {
        resources.map { .existing($0, Self.action, in: state) }
    }

    package func perform(in region: inout Region) throws(EC2Error) {
        guard !resources.isEmpty else { throw .missing("resourceIdSet") }
        for id in resources {
            var left = try region.tags(of: id)
            if tags.isEmpty { left = left.filter { $0.key.hasPrefix("aws:") } }
            for tag in tags where tag.value == nil || left[tag.key] == tag.value { left[tag.key] = nil }
            region.setTags(left, of: id)
        }
    }
}

extension Region {
    fileprivate func tags(of id: String) throws(EC2Error) -> [String: String] {
        guard let kind = ResourceKind(id: id) else {
            throw EC2Error("InvalidID", "The ID '\(id)' is not valid")
        }
        try kind.check(id)
        guard let tags = resources.tags(of: id) else { throw .notFound(kind, id) }
        return tags
    }

    fileprivate mutating func setTags(_ tags: [String: String], of id: String) {
        resources.vpcs[id]?.tags = tags
        resources.subnets[id]?.tags = tags
        resources.groups[id]?.tags = tags
        resources.interfaces[id]?.tags = tags
        resources.instances[id]?.tags = tags
    }

    /// Refuses tags that no resource can have: more than 50, or with a name or value that is too long or reserved.
    func checkTags(_ tags: [String: String]) throws(EC2Error) {
        guard tags.count <= 50 else {
            throw EC2Error("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")
        }
        for (key, value) in tags {
            guard !key.isEmpty, key.unicodeScalars.count <= 127 else {
                throw EC2Error("InvalidTagKey.Malformed", "Tag key '\(key)' is not 1 to 127 characters long.")
            }
            guard !key.lowercased().hasPrefix("aws:") else {
                throw .invalidValue("Tag keys starting with 'aws:' are reserved for internal use")
            }
            guard value.unicodeScalars.count <= 255 else {
                throw .invalidValue("Tag value exceeds the maximum length of 255 characters")
            }
        }
    }
}
