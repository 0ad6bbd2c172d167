// SPDX-License-Identifier: Apache-2.0

/// What is kept of an ADD that succeeded, until its DEL.
///
/// In the file format of the reference implementation (`cniCacheV1`), which both can go on with.
public struct CacheEntry: Hashable, Sendable {
    /// The network.
    public var network: NetworkName
    /// What ADD was asked for.
    public var request: AttachmentRequest
    /// The network's configuration at that time, with all its plugins; nil in an entry without one.
    public var configuration: JSON?
    /// The result of the last plugin, as it was printed; nil in an entry without one.
    public var result: JSON?

    /// Creates an entry.
    public init(network: NetworkName, request: AttachmentRequest, configuration: JSON?, result: JSON?) {
        self.network = network
        self.request = request
        self.configuration = configuration
        self.result = result
    }

    /// Whose it is.
    public var attachment: Attachment { request.attachment(to: network) }

    /// The network with which ADD was done, to do DEL with; nil if the entry does not have it, or has another's.
    public var list: NetworkConfigurationList? {
        guard let configuration else { return nil }
        do throws(CNIError) {
            // The reference implementation keeps a single plugin's configuration as it is.
            let list =
                try configuration["plugins"] == nil && configuration["type"] != nil
                ? NetworkConfigurationList(plugin: configuration)
                : NetworkConfigurationList(json: configuration)
            return list.name == network && !list.plugins.isEmpty ? list : nil
        } catch {
            return nil
        }
    }
}

extension CacheEntry {
    private static let kind = "cniCacheV1"

    /// The content of the entry's file.
    var document: JSON {
        var members: JSONObject = [
            "kind": .string(Self.kind), "containerId": .string(request.containerID.rawValue),
            "config": .string(Base64.encode(Array((configuration ?? .object([:])).serialized().utf8))),
            "ifName": .string(request.interface.rawValue), "networkName": .string(network.rawValue),
        ]
        if let path = request.namespacePath, !path.isEmpty { members["netns"] = .string(path) }
        if !request.arguments.isEmpty {
            members["cniArgs"] = .array(request.arguments.map { JSON([$0.key, $0.value]) })
        }
        if !request.capabilities.isEmpty { members["capabilityArgs"] = .object(request.capabilities) }
        members["result"] = result
        return .object(members)
    }

    /// Reads an entry's file.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` for what is not one.
    init(document: JSON) throws(CNIError) {
        let cursor = JSONCursor(document, failingWith: .decodingFailure)
        try cursor.requireObject()
        guard try cursor["kind"].text() == Self.kind else {
            throw cursor["kind"].failure("not \(Self.kind)")
        }
        network = try NetworkName(cursor["networkName"].text() ?? "")
        let interface = try cursor["ifName"].text() ?? ""
        let path = try cursor["netns"].nonEmptyText()
        request = try AttachmentRequest(
            containerID: cursor["containerId"].text() ?? "",
            namespacePath: path ?? Self.namespacePath(of: interface, inResult: document["result"]),
            interface: interface)
        for element in try cursor["cniArgs"].elements() {
            let pair = try element.texts()
            guard pair.count == 2 else { throw element.failure("expected a key and a value") }
            request.arguments.append(AttachmentRequest.Argument(pair[0], pair[1]))
        }
        request.capabilities = try cursor["capabilityArgs"].members() ?? [:]
        _ = try cursor["result"].members()
        result = cursor["result"].present
        if let text = try cursor["config"].nonEmptyText() {
            guard let bytes = Base64.decode(text) else { throw cursor["config"].failure("not Base64") }
            configuration = try JSON(parsing: bytes)
        }
    }

    /// Where the container's namespace is, as a result says: podman 4 and containerd 1.6 keep no `netns` with it.
    static func namespacePath(of interface: String, inResult result: JSON?) -> String? {
        guard let result = result.flatMap({ try? CNIResult(json: $0) }) else { return nil }
        let path = result.interfaces.first { $0.name == interface && $0.sandbox?.isEmpty == false }
        return path?.sandbox
    }
}
