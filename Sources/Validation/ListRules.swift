// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// What the specification says of configuration lists and their readers leave to people.
enum ListRules {
    /// The keys of a list (CNI specification 1.1.0, section 1, "Configuration format").
    static let keys = [
        "cniVersion", "cniVersions", "name", "disableCheck", "disableGC", "loadOnlyInlinedPlugins", "plugins",
    ]

    /// The version that a runtime would use; the newest one if the document does not hold together.
    static func version(of json: JSON) -> SpecVersion {
        let texts = [json["cniVersion"]].compactMap { $0 } + (json["cniVersions"]?.array ?? [])
        let versions = texts.compactMap { $0.string.flatMap { SpecVersion($0) } }
        if texts.isEmpty { return .v0_1_0 }
        return SpecVersion.highest(of: versions, supportedBy: SpecVersion.all) ?? .current
    }

    /// A plugin's configuration as the runtime hands it on (section 3, "Deriving execution configuration").
    static func executionConfiguration(of plugin: JSON, in list: JSON) -> JSON {
        var configuration = plugin
        configuration["cniVersion"] = JSON(version(of: list))
        configuration["name"] = "network"  // the list's own has been checked
        return configuration
    }

    /// What is odd about the versions.
    static func versionWarnings(_ json: JSON) -> [(path: JSONPath, text: String)] {
        guard json.object != nil else { return [] }
        let declared = json.spelling(of: "cniVersion").map { JSONPath().member($0) }
        var places = [declared].compactMap { $0 }
        if let key = json.spelling(of: "cniVersions"), let list = json[key]?.array {
            places += list.indices.map { JSONPath().member(key).element($0) }
        }
        if places.isEmpty {
            return [
                (JSONPath().member("cniVersion"), "missing: taken for 0.1.0, in which plugins have no chains")
            ]
        }
        let versions = places.compactMap { place in
            json[place]?.string.flatMap { SpecVersion($0) }.map { (place: place, version: $0) }
        }
        let isAnyKnown = versions.contains { SpecVersion.all.contains($0.version) }
        return versions.compactMap { place, version in
            // A later version beside one that is known is there for later runtimes.
            if SpecVersion.all.contains(version) || isAnyKnown && place != declared { return nil }
            return (place, "there is no version \(version) of the specification up to \(SpecVersion.current)")
        }
    }
}
