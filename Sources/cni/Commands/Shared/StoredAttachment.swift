// SPDX-License-Identifier: Apache-2.0

internal import CNIRuntime
internal import Namespaces

/// An attachment in the cache, and whether its container lives.
struct StoredAttachment {
    /// Whether there is a namespace at the path of an attachment.
    enum Namespace {
        case exists
        case gone
        /// Nobody knows: the entry has no path, or the path may not be looked at.
        case unknown

        init(path: String?) {
            guard let path else {
                self = .unknown
                return
            }
            do throws(NamespaceError) {
                _ = try NetworkNamespace(path: path)
                self = .exists
            } catch {
                self = error.meansAbsence ? .gone : .unknown
            }
        }
    }

    let entry: CacheEntry
    let namespace: Namespace

    init(_ entry: CacheEntry) {
        self.entry = entry
        namespace = Namespace(path: entry.request.namespacePath)
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
        case .gone: members["namespaceExists"] = false
        case .unknown: break
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

extension StoredAttachment.Namespace {
    /// In a word or two.
    var words: StyledText {
        switch self {
        case .exists: StyledText("exists", .green)
        case .gone: StyledText("gone", .red)
        case .unknown: StyledText("unknown", .yellow)
        }
    }
}
