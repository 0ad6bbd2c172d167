// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
package import CNITypes

/// What ENIs have to be like that pods get for themselves: by pods' names, of a file.
///
///     {"payments/api-*": {"subnet": "subnet-0a1b", "securityGroups": ["sg-1", "sg-2"]}, "*": {"securityGroups": ["sg-3"]}}
///
/// The longest pattern that fits counts; `*` stands for any text at the end.
package struct ExclusiveWishes: Hashable, Sendable {
    private struct Wish: Hashable, Sendable {
        var pattern: String
        var subnet: String?
        var securityGroups: [String]
    }

    private var wishes: [Wish] = []

    /// None: such ENIs are as the primary one is.
    package init() {}

    /// Reads a file's content.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` with what is wrong.
    package init(parsing text: [UInt8]) throws(CNIError) {
        guard let object = try JSON(parsing: text).object else {
            throw CNIError(.decodingFailure, "exclusive ENIs: not a JSON object")
        }
        for (pattern, value) in object {
            guard value.object != nil else {
                throw CNIError(.decodingFailure, "exclusive ENIs: \"\(pattern)\": not an object")
            }
            let list = value["securityGroups"] ?? []
            let groups = (list.array ?? []).compactMap(\.string)
            guard groups.count == list.array?.count,
                groups.allSatisfy({ $0.hasPrefix("sg-") })
            else {
                throw CNIError(
                    .decodingFailure, "exclusive ENIs: \"\(pattern)\": securityGroups: not a list of sg-…")
            }
            wishes.append(Wish(pattern: pattern, subnet: value["subnet"]?.string, securityGroups: groups))
        }
        wishes.sort { ($0.pattern.utf8.count, $0.pattern) > ($1.pattern.utf8.count, $1.pattern) }
    }

    /// What a pod's ENI has to be like.
    func request(_ key: AttachmentKey, pod: String) -> ExclusiveRequest {
        let wish = wishes.first { wish in
            wish.pattern.hasSuffix("*") ? pod.hasPrefix(wish.pattern.dropLast()) : pod == wish.pattern
        }
        return ExclusiveRequest(
            key: key, subnet: (wish?.subnet).map { SubnetID($0) }, securityGroups: wish?.securityGroups ?? [])
    }
}
