// SPDX-License-Identifier: Apache-2.0

extension NetworkConfigurationList {
    /// The list of one plugin whose configuration is a document of its own, as before there were lists.
    init(plugin: JSON) throws(CNIError) {
        guard plugin["type"] != nil else {
            let isList = plugin["plugins"] != nil
            throw CNIError(
                .invalidConfiguration,
                isList ? "type: missing; the name of a file with a list ends in .conflist" : "type: missing")
        }
        var document: JSON = ["plugins": [plugin]]
        document["name"] = plugin["name"]
        document["cniVersion"] = plugin["cniVersion"]
        try self.init(json: document)
    }

    /// This list with further plugins behind its own.
    func adding(_ more: [JSON]) throws(CNIError) -> NetworkConfigurationList {
        if more.isEmpty { return self }
        var document = raw
        document["plugins"] = .array(plugins + more)
        return try NetworkConfigurationList(json: document)
    }
}
