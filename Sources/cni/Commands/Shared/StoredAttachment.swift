// SPDX-License-Identifier: Apache-2.0

internal import CNIRuntime
internal import Topology

/// An attachment in the cache, and whether its container lives.
struct StoredAttachment {
    let entry: CacheEntry
    let namespace: NamespaceStanding

    /// Has a search look for the attachment's namespace.
    init(_ entry: CacheEntry, _ search: NamespaceSearch) {
        self.entry = entry
        let result = entry.result.flatMap { try? CNIResult(json: $0) }
        namespace = search.standing(
            of: AttachmentTrace(entry.attachment, namespacePath: entry.request.namespacePath, result: result))
    }

    /// `NETWORK/CONTAINER/INTERFACE`, whole.
    var name: String { entry.name }

    /// The addresses in its result.
    var addresses: [String] {
        guard let result = entry.result, let parsed = try? CNIResult(json: result) else { return [] }
        return parsed.ips.map(\.address.description)
    }

    /// What `list` says of it to programs.
    var members: JSONObject {
        var members = entry.members
        switch namespace {
        case .exists: members["namespaceExists"] = true
        case .hidden(let reason):
            members["namespaceExists"] = true
            members["namespaceNote"] = .string(reason)
        case .gone: members["namespaceExists"] = false
        case .unknown(let reason): members["namespaceNote"] = .string(reason)
        }
        members["addresses"] = JSON(addresses)
        return members
    }
}

extension CacheEntry {
    /// `NETWORK/CONTAINER/INTERFACE`, whole.
    var name: String { request.name(on: network) }

    /// Whose it is, by the names that programs get.
    var members: JSONObject { request.members(on: network) }
}

extension AttachmentRequest {
    /// `NETWORK/CONTAINER/INTERFACE`, whole.
    func name(on network: NetworkName) -> String { "\(network)/\(containerID)/\(interface)" }

    /// Whose it is, by the names that programs get.
    func members(on network: NetworkName) -> JSONObject {
        var members: JSONObject = [
            "network": .string(network.rawValue), "containerID": .string(containerID.rawValue),
            "interface": .string(interface.rawValue),
        ]
        if let path = namespacePath { members["namespace"] = .string(path) }
        return members
    }
}

extension NamespaceStanding {
    /// In a word or two, with how that is known where it is not plain.
    var words: StyledText {
        switch self {
        case .exists: StyledText("exists", .green)
        case .hidden(let reason): "\("exists", .green): \(reason)"
        case .gone: StyledText("gone", .red)
        case .unknown(let reason): "\("unknown", .yellow): \(reason)"
        }
    }
}
