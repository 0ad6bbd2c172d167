// SPDX-License-Identifier: Apache-2.0

/// What plugins get on standard input, made of their part of the network's configuration.
///
/// CNI specification 1.1.0, section 3, "Deriving request configuration from plugin configuration". Everything
/// that is not named here goes through as it is, unknown keys and long numbers included.
struct RequestConfiguration: Sendable {
    let network: NetworkConfigurationList
    let version: SpecVersion

    /// For a verb on an attachment.
    func attachment(
        _ plugin: JSON, _ request: AttachmentRequest, previousResult: JSON?
    ) throws(CNIError) -> JSON {
        var document = common(plugin)
        let declared = try JSONCursor(plugin)["capabilities"].members() ?? [:]
        var provided = JSONObject()
        for capability in declared.keys.sorted() {
            let isEnabled = try JSONCursor(plugin)["capabilities"][capability].bool() ?? false
            if isEnabled, let value = request.capabilities[capability] { provided[capability] = value }
        }
        document["capabilities"] = nil
        if !provided.isEmpty { document["runtimeConfig"] = .object(provided) }
        document["prevResult"] = previousResult
        return document
    }

    /// For GC.
    func collection(_ plugin: JSON, valid: [AttachmentReference]) -> JSON {
        var document = common(plugin)
        document["cni.dev/valid-attachments"] = .array(
            valid.map {
                ["containerID": .string($0.containerID), "ifname": .string($0.ifname)]
            })
        return document
    }

    /// For STATUS.
    func status(_ plugin: JSON) -> JSON { common(plugin) }

    private func common(_ plugin: JSON) -> JSON {
        var document = plugin
        // These are the runtime's to set: none of an earlier run is to be mistaken for it.
        for key in plugin.object?.keys.filter({ $0.hasPrefix("cni.dev/") }) ?? [] { document[key] = nil }
        document["prevResult"] = nil
        document["name"] = .string(network.name.rawValue)
        document["cniVersion"] = JSON(version)
        return document
    }

    /// A result in a form that fits a request: as it is if its version fits, else converted.
    func previousResult(_ result: JSON) throws(CNIError) -> JSON {
        if result["cniVersion"]?.string == version.description { return result }
        return try CNIResult(json: result, version: version).json(version: version)
    }
}
