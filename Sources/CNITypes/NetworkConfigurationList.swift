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
    /// The names of the plugins that the network needs, with those that they call for addresses, each once.
    public var pluginTypes: [String] { plugins.pluginTypes }

    /// The newest of ``versions`` that is also in `supported`, or nil if there is none.
    public func version(supportedBy supported: [SpecVersion] = SpecVersion.all) -> SpecVersion? {
        SpecVersion.highest(of: versions, supportedBy: supported)
    }

    /// Reads a list.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` for what is not an object,
    ///   ``CNIError/Code/invalidConfiguration`` for what breaks the specification's rules.
    public init(json: JSON) throws(CNIError) {
        let cursor = JSONCursor(json)
        try JSONCursor(json, failingWith: .decodingFailure).requireObject()
        raw = json
        name = try NetworkName(cursor["name"].text() ?? "")
        let declared = try cursor["cniVersion"].version()
        declaredVersion = declared ?? .v0_1_0
        var versions: Set<SpecVersion> = []
        for element in try cursor["cniVersions"].elements() {
            versions.insert(try element.required(element.version()))
        }
        if versions.isEmpty || declared != nil { versions.insert(declaredVersion) }
        self.versions = versions.sorted()
        disableCheck = try cursor["disableCheck"].flag()
        disableGC = try cursor["disableGC"].flag()
        loadOnlyInlinedPlugins = try cursor["loadOnlyInlinedPlugins"].flag()
        if let value = json["plugins"], value.isNull {
            throw cursor["plugins"].failure("expected a list, found null")
        }
        plugins = try Self.plugins(cursor["plugins"], required: loadOnlyInlinedPlugins)
    }

    private static func plugins(_ cursor: JSONCursor, required: Bool) throws(CNIError) -> [JSON] {
        if cursor.isAbsent {
            if required { throw cursor.failure("missing") }
            return []
        }
        let elements = try cursor.elements()
        if elements.isEmpty { throw cursor.failure("no plugins in list") }
        for element in elements {
            try element.requireObject()
            _ = try element["type"].required(element["type"].fileName())
            _ = try element["ipam"]["type"].fileName()
        }
        return elements.map(\.value)
    }
}

extension JSONCursor {
    fileprivate func version() throws(CNIError) -> SpecVersion? {
        try parsed("a version") { SpecVersion($0) }
    }

    /// A boolean, which some lists spell as a string; false if there is none.
    fileprivate func flag() throws(CNIError) -> Bool {
        switch value {
        case .string(let text) where text.equalsIgnoringASCIICase("true"): return true
        case .string(let text) where text.equalsIgnoringASCIICase("false"): return false
        case .string(let text): throw failure("\"\(text)\" is not true or false")
        default: return try bool() ?? false
        }
    }

    /// A plugin's file name, with nil for an empty one; it must not lead out of the plugins' folder.
    package func fileName() throws(CNIError) -> String? {
        guard let name = try nonEmptyText() else { return nil }
        let isPath = name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0 }
        if isPath || name == "." || name == ".." { throw failure("\"\(name)\" is not a plugin's file name") }
        return name
    }
}

extension [JSON] {
    /// The names of plugins by their configurations, with those that they call for addresses, each once.
    package var pluginTypes: [String] {
        flatMap { [$0["type"], $0["ipam"]?["type"]] }.compactMap { $0?.string }.filter { !$0.isEmpty }
            .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
