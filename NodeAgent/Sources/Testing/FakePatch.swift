// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// A change of an object as an API server takes it.
struct FakePatch {
    enum Kind: String {
        /// Lists are merged by their elements' keys.
        case strategic = "application/strategic-merge-patch+json"
        /// RFC 7386: lists are replaced.
        case merge = "application/merge-patch+json"
    }

    let kind: Kind
    let body: JSON
    /// Whether it is of the subresource `status`, which leaves `spec` as it is, or of the object, which leaves `status`.
    let isOfStatus: Bool

    func applied(to object: JSON) -> JSON {
        var body = self.body
        body["metadata"]?["resourceVersion"] = nil
        body[isOfStatus ? "spec" : "status"] = nil
        return merged(object, body, key: "")
    }

    private func merged(_ value: JSON?, _ patch: JSON, key: String) -> JSON {
        if kind == .strategic, key == "conditions", let elements = patch.array {
            return .array(mergedConditions(value?.array ?? [], elements))
        }
        guard case .object(let members) = patch else { return patch }
        var result = value?.object ?? [:]
        for (key, member) in members {
            result[key] = member.isNull ? nil : merged(result[key], member, key: key)
        }
        return .object(result)
    }

    /// A list whose `patchMergeKey` is `type`.
    private func mergedConditions(_ list: [JSON], _ patches: [JSON]) -> [JSON] {
        var list = list
        for patch in patches {
            let index = list.firstIndex { $0["type"] == patch["type"] }
            switch (index, patch["$patch"] == "delete") {
            case (let index?, true): list.remove(at: index)
            case (let index?, false): list[index] = merged(list[index], patch, key: "")
            case (nil, true): break
            case (nil, false): list.append(patch)
            }
        }
        return list
    }
}
