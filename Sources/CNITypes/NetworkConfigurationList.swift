// SPDX-License-Identifier: Apache-2.0

/// A network as its administrator configures it: a name and a list of plugins.
///
/// CNI specification 1.1.0, section 1, "Configuration format".
public struct NetworkConfigurationList: Sendable {
    /// The whole document.
    public let raw: JSON
    /// `name`: the network's name.
    public let name: NetworkName
    /// `cniVersion`: 0.1.0 if the document does not say.
    public let declaredVersion: SpecVersion
    /// `cniVersions` and `cniVersion`: all versions that the list is for, in ascending order.
    public let versions: [SpecVersion]
    /// `disableCheck`: whether the runtime must not call CHECK.
    public let disableCheck: Bool
    /// `disableGC`: whether the runtime must not call GC.
    public let disableGC: Bool
    /// `loadOnlyInlinedPlugins`: whether files in the network's folder add no plugins to the list.
    public let loadOnlyInlinedPlugins: Bool
    /// `plugins`: the plugins' configurations, in the order of execution.
    public let plugins: [JSON]

    /// The newest of ``versions`` that is also in `supported`, or nil if there is none.
    public func version(supportedBy supported: [SpecVersion] = SpecVersion.all) -> SpecVersion? {
        SpecVersion.highest(of: versions, supportedBy: supported)
    }

    /// Reads a list.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` for what is not an object,
    ///   ``CNIError/Code/invalidConfiguration`` for what breaks the specification's rules.
    public init(json: JSON) throws(CNIError) {
        guard case .object = json else {
            throw CNIError(
                .decodingFailure, "error parsing configuration list: expected an object, found \(json.kind)")
        }
        let fields = try json.decode(Fields.self)
        raw = json
        name = try NetworkName(fields.name ?? "")
        declaredVersion = fields.cniVersion ?? .v0_1_0
        var versions = Set(fields.cniVersions ?? [])
        if versions.isEmpty || fields.cniVersion != nil { versions.insert(declaredVersion) }
        self.versions = versions.sorted()
        disableCheck = fields.disableCheck?.value ?? false
        disableGC = fields.disableGC?.value ?? false
        loadOnlyInlinedPlugins = fields.loadOnlyInlinedPlugins?.value ?? false
        plugins = try Self.plugins(in: json, required: loadOnlyInlinedPlugins)
    }

    private static func plugins(in json: JSON, required: Bool) throws(CNIError) -> [JSON] {
        guard let plugins = json.present("plugins") else {
            if required { throw CNIError(.invalidConfiguration, "plugins: missing") }
            return []
        }
        let types = try plugins.decode([PluginType].self, at: "plugins")
        if types.isEmpty { throw CNIError(.invalidConfiguration, "plugins: no plugins in list") }
        if let index = types.firstIndex(where: \.type.isEmpty) {
            throw CNIError(.invalidConfiguration, "plugins[\(index)].type: missing")
        }
        return plugins.array ?? []
    }

    private struct PluginType: Decodable {
        var type: String
    }

    private struct Fields: Decodable {
        var name: String?
        var cniVersion: SpecVersion?
        var cniVersions: [SpecVersion]?
        var disableCheck: Flag?
        var disableGC: Flag?
        var loadOnlyInlinedPlugins: Flag?
    }
}

extension SpecVersion: Decodable {
    /// Decodes `1.1.0`.
    public init(from decoder: any Decoder) throws {
        self = try decoder.decodeText("a version") { SpecVersion($0) }
    }
}

/// A boolean, which some lists spell as a string.
private struct Flag: Decodable {
    let value: Bool

    init(from decoder: any Decoder) throws {
        if let value = try? decoder.singleValueContainer().decode(Bool.self) {
            self.value = value
            return
        }
        value = try decoder.decodeText("true or false") { text in
            switch text.lowercased() {
            case "true": true
            case "false": false
            default: nil
            }
        }
    }
}
