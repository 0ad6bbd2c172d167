// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// What holds for the configurations of all plugins.
enum PluginRules {
    /// The keys that every plugin's configuration may have (CNI specification 1.1.0, section 1, "Plugin
    /// configuration objects").
    static let keys = [
        "cniVersion", "name", "type", "capabilities", "ipam.type", "dns.nameservers", "dns.domain",
        "dns.search", "dns.options", "ipMasq", "runtimeConfig", "args", "prevResult",
    ]

    /// The capabilities that runtimes have values for (CONVENTIONS.md of the specification, and those of
    /// CRI).
    static let capabilities = [
        "portMappings", "ipRanges", "bandwidth", "dns", "ips", "mac", "infinibandGUID", "deviceID", "aliases",
        "cgroupPath", "io.kubernetes.cri.pod-annotations",
    ]

    /// The keys that neither the plugin nor its IPAM plugin reads, as far as we know both.
    static func unknownKeys(
        in plugin: JSON, _ main: ConfigurationChecker?, _ ipam: ConfigurationChecker?
    ) -> [KnownKeys.Unknown] {
        let own = [main, ipam].compactMap { $0?.keys }.flatMap { $0 }
        var open: Set = ["runtimeConfig", "args", "prevResult", "capabilities"]
        if ipam?.keys == nil { open.insert("ipam") }
        if main?.keys == nil { open.insert("") }
        let known = KnownKeys(keys + own, open: open)
        if main?.keys != nil { return known.unknown(in: plugin) }
        guard ipam?.keys != nil, let key = plugin.spelling(of: "ipam"), let section = plugin.object?[key]
        else {
            return []
        }
        return known.unknown(in: section, at: JSONPath().member(key), "ipam")
    }

    /// The capabilities that no runtime has a value for.
    static func unknownCapabilities(in plugin: JSON) -> [KnownKeys.Unknown] {
        guard let key = plugin.spelling(of: "capabilities"), let section = plugin.object?[key] else {
            return []
        }
        let spelling = Spelling(capabilities)
        let names = (section.object ?? [:]).keys.sorted()
        return names.compactMap { name in
            if capabilities.contains(where: { $0.lowercased() == name.lowercased() }) { return nil }
            return KnownKeys.Unknown(path: JSONPath().member(key).member(name)) {
                spelling.correction(of: name)
            }
        }
    }
}
