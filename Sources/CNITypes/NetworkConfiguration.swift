// SPDX-License-Identifier: Apache-2.0

/// The configuration that a runtime hands a plugin on standard input.
///
/// CNI specification 1.1.0, section 1, "Plugin configuration objects", and section 3, "Deriving execution
/// configuration from plugin configuration".
public struct NetworkConfiguration: Sendable {
    /// The whole document, with the keys that are the plugin's own.
    public let raw: JSON
    /// `cniVersion`: the version to answer in, which need not be one that anybody knows.
    public let version: SpecVersion
    /// `cniVersion` as it was written; "" stands for 0.1.0.
    public let versionText: String
    /// `name`: the network's name.
    public let name: NetworkName
    /// `type`: the plugin's file name; "" if the document does not say, for the plugin knows who it is.
    public let type: String
    /// `capabilities`: what the plugin would like to get in ``runtimeConfig``.
    public let capabilities: [String: Bool]
    /// `ipam`: the IPAM plugin's object, if there is one.
    public let ipam: JSON?
    /// `ipam.type`: the IPAM plugin's file name; nil if there is none, as on a layer-2 network.
    public let ipamType: String?
    /// `dns`: name resolution, if the document has it.
    public let dns: DNS?
    /// `args`: further arguments from the runtime.
    public let args: JSON?
    /// `runtimeConfig`: values for the capabilities.
    public let runtimeConfig: JSON?
    /// `cni.dev/valid-attachments`: what GC has to keep; nil if the document does not say.
    ///
    /// `null` is the empty list, of runtimes that write an empty list so. Early runtimes for 1.1.0 named
    /// the key `cni.dev/attachments`, which is the second choice.
    public let validAttachments: [AttachmentReference]?

    /// Reads a configuration.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` for what is not an object or has a `name` or
    ///   `cniVersion` that is not a string, ``CNIError/Code/incompatibleVersion`` for a `cniVersion` that
    ///   is not a version, ``CNIError/Code/invalidConfiguration`` for everything else.
    public init(json: JSON) throws(CNIError) {
        do {
            (name, version, versionText) = try Self.header(of: json)
        } catch  where error.code == .decodingFailure {
            throw Self.undecodable(error)
        }
        raw = json
        let cursor = JSONCursor(json)
        type = try cursor["type"].text() ?? ""
        var capabilities: [String: Bool] = [:]
        for name in try cursor["capabilities"].members()?.keys ?? [] {
            capabilities[name] = try cursor["capabilities"][name].bool()
        }
        self.capabilities = capabilities
        _ = try cursor["ipam"].members()
        ipam = cursor["ipam"].present
        ipamType = try cursor["ipam"]["type"].fileName()
        dns = cursor["dns"].isAbsent ? nil : try DNS(cursor["dns"])
        args = cursor["args"].present
        runtimeConfig = cursor["runtimeConfig"].present
        validAttachments = try Self.attachments(in: cursor)
    }

    /// Reads the fields that everything else depends on.
    private static func header(
        of json: JSON
    ) throws(CNIError) -> (NetworkName, SpecVersion, versionText: String) {
        let cursor = JSONCursor(json, failingWith: .decodingFailure)
        try cursor.requireObject()
        let name = try NetworkName(cursor["name"].text() ?? "")
        let versionText = try cursor["cniVersion"].text() ?? ""
        guard let version = SpecVersion(versionText) else {
            throw CNIError(
                .incompatibleVersion, "incompatible CNI versions",
                details: "config is \"\(versionText)\", which is not a version")
        }
        return (name, version, versionText)
    }

    /// Parses and reads a configuration.
    ///
    /// - Throws: as ``init(json:)``, and ``CNIError/Code/decodingFailure`` for what is not JSON.
    public init(parsing text: [UInt8]) throws(CNIError) {
        let json: JSON
        do {
            json = try JSON(parsing: text)
        } catch {
            throw Self.undecodable(error)
        }
        try self.init(json: json)
    }

    private static func undecodable(_ error: CNIError) -> CNIError {
        var error = error.during("error unmarshall network config")
        error.code = .decodingFailure
        return error
    }

    /// `args.cni`: the arguments whose meaning the CNI conventions give.
    public var cniArgs: JSON? { JSONCursor(raw)["args"]["cni"].present }

    /// `prevResult`: the result so far of the chain, or of the ADD that a CHECK or DEL follows.
    ///
    /// - Throws: ``CNIError/Code/invalidConfiguration`` for one that is not a result, or one in the format
    ///   of another version than the configuration's. It is read on demand, because DEL should do
    ///   what it can without.
    public var previousResult: CNIResult? {
        get throws(CNIError) {
            let cursor = JSONCursor(raw)["prevResult"]
            if cursor.isAbsent { return nil }
            let own = try CNIResult.version(of: cursor) ?? version
            guard own.resultFormat == version.resultFormat else {
                throw CNIError(
                    .invalidConfiguration, "could not parse prevResult",
                    details: "its cniVersion is \(own), the configuration's is \(version)")
            }
            return try CNIResult(cursor, version: version)
        }
    }

    private static func attachments(in cursor: JSONCursor) throws(CNIError) -> [AttachmentReference]? {
        for key in ["cni.dev/valid-attachments", "cni.dev/attachments"] where cursor.value[key] != nil {
            var references: [AttachmentReference] = []
            for element in try cursor[key].elements() { references.append(try AttachmentReference(element)) }
            return references
        }
        return nil
    }
}
