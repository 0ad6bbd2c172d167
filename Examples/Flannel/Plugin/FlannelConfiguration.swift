// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import VXLANOverlay

/// The flannel plugin's keys.
public struct FlannelConfiguration: Sendable {
    /// The file in which flannel's daemon says what the node's subnet is.
    let subnetFile: String
    /// The folder of the configurations with which delegates have been called.
    let dataDir: String
    /// The delegate's keys, of which `type` is there.
    let delegate: JSONObject
    /// What the user has of the IPAM plugin's object.
    let ipam: JSONObject

    /// Every key that is read here, beside those that all plugins have; `delegate` has those of the plugin that it names.
    static let keys = [
        "subnetFile", "dataDir", "delegate", "ipam.type", "ipam.dataDir", "ipam.resolvConf",
        "ipam.routes[].dst", "ipam.routes[].gw", "ipam.routes[].mtu", "ipam.routes[].advmss",
        "ipam.routes[].priority", "ipam.routes[].table", "ipam.routes[].scope",
    ]

    private static let usualDataDir = "/var/lib/cni/flannel"
    private static let usualDelegate = "bridge"
    private static let usualIPAM = "host-local"
    /// What the node's subnet takes the place of.
    private static let subnetKeys = ["ranges", "subnet", "rangeStart", "rangeEnd", "gateway"]
    /// What a delegate cannot have of its own.
    private static let reservedKeys = ["name", "ipam"]

    /// Reads the keys.
    init(_ keys: JSONCursor) throws(CNIError) {
        subnetFile = try keys["subnetFile"].nonEmptyText() ?? SubnetFile.usualPath
        dataDir = try keys["dataDir"].nonEmptyText() ?? Self.usualDataDir
        let delegate = keys["delegate"]
        for key in Self.reservedKeys where !delegate[key].isAbsent {
            throw delegate[key].failure("flannel sets it: the network's name, and \(subnetFile) as addresses")
        }
        let type = try delegate["type"].fileName() ?? Self.usualDelegate
        if type == FlannelPlugin.name { throw delegate["type"].failure("\"\(type)\" would call itself") }
        self.delegate = Self.object(try delegate.members(), type: type)
        let ipam = keys["ipam"]
        for key in Self.subnetKeys where !ipam[key].isAbsent {
            throw ipam[key].failure("the node's subnet is in \(subnetFile)")
        }
        _ = try ipam["routes"].elements()
        self.ipam = Self.object(try ipam.members(), type: try ipam["type"].fileName() ?? Self.usualIPAM)
    }

    /// Reads what can be read, for a deletion: it must not fail for what an ADD would have refused.
    init(remains keys: JSONCursor) {
        let delegate = keys["delegate"]
        let ipam = keys["ipam"]
        subnetFile = (try? keys["subnetFile"].nonEmptyText()) ?? SubnetFile.usualPath
        dataDir = (try? keys["dataDir"].nonEmptyText()) ?? Self.usualDataDir
        let type = (try? delegate["type"].fileName()) ?? Self.usualDelegate
        let members = Self.object(
            delegate.value.object, without: Self.reservedKeys,
            type: type == FlannelPlugin.name ? Self.usualDelegate : type)
        let isReadable = (try? NetworkConfiguration(json: Self.named(members))) != nil
        self.delegate = isReadable ? members : Self.object([:], type: members["type"]?.string ?? "")
        let hasRoutes = (try? ipam["routes"].elements()) != nil
        self.ipam = Self.object(
            ipam.value.object, without: hasRoutes ? Self.subnetKeys : Self.subnetKeys + ["routes"],
            type: (try? ipam["type"].fileName()) ?? Self.usualIPAM)
    }

    /// The members with a network's name, as they can be read.
    private static func named(_ members: JSONObject) -> JSON {
        var document = JSON.object(members)
        document["name"] = .string(FlannelPlugin.name)
        return document
    }

    private static func object(
        _ members: JSONObject?, without keys: [String] = [], type: String
    ) -> JSONObject {
        var document = JSON.object(members ?? [:])
        for key in keys { document[key] = nil }
        document["type"] = .string(type)
        return document.object ?? [:]
    }
}
