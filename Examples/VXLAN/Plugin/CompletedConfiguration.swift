// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import Glibc
internal import VXLANOverlay

/// The configuration as the bridge's description and host-local need it, made of the user's and the node's file.
struct CompletedConfiguration {
    private let keys: JSONCursor
    private let command: Command
    private var document: JSON

    /// Where the plugins before this one are used to look.
    private var subnetFile: String {
        get throws(CNIError) { try keys["subnetFile"].nonEmptyText() ?? SubnetFile.usualPath }
    }

    init(_ network: NetworkConfiguration, for command: Command) {
        keys = JSONCursor(network.raw)
        document = network.raw
        self.command = command
    }

    /// Fills in what is missing.
    ///
    /// A deletion and a garbage collection do without the node's file, and take what the other verbs would refuse: all
    /// that they need is in the kernel and in host-local's folder.
    mutating func complete() throws(CNIError) -> NetworkConfiguration {
        document["isGateway"] = true
        if keys["isDefaultGateway"].isAbsent { document["isDefaultGateway"] = true }
        if command == .delete || command == .collect {
            document["ipam"] = try ipam(keys["ipam"].value.object ?? [:])
            document["mtu"] = nil
            document[VXLANConfiguration.devicesKey] = nil
            document[VXLANConfiguration.networksKey] = nil
        } else {
            try completeFromFile()
        }
        return try NetworkConfiguration(json: document)
    }

    private mutating func completeFromFile() throws(CNIError) {
        let file: NodeFile
        do throws(CNIError) {
            file = try readFile()
        } catch {
            throw command == .status ? CNIError(.pluginNotAvailable, error) : error
        }
        document["ipam"] = try ipam(file.subnetFile)
        document["mtu"] = JSON(try mtu(file.subnetFile.mtu))
        document[VXLANConfiguration.devicesKey] = JSON(try devices(file))
        document[VXLANConfiguration.networksKey] = .array(
            file.subnetFile.parts.flatMap(\.networks).map { JSON($0) })
    }

    private func readFile() throws(CNIError) -> NodeFile {
        let path = try subnetFile
        guard let file = try NodeFile(reading: path) else {
            throw CNIError(
                command == .add ? .tryAgainLater : .pluginNotAvailable,
                "\(path) is not there: the overlay's agent has not said yet what this node's subnet is",
                details: "subnetFile names the file; it is there once the agent has a lease")
        }
        try checkContact(of: file, path)
        return file
    }

    /// An agent that has heard nothing for long may not know of nodes that came since.
    private func checkContact(of file: NodeFile, _ path: String) throws(CNIError) {
        guard command == .check || command == .status, case .record(let record) = file else { return }
        let limit = try contactLimit
        let age = Int64(time(nil)) - record.lastContact
        if limit == 0 || age <= limit { return }
        throw CNIError(
            command == .status ? .limitedConnectivity : CNIError.notAsDescribed,
            "\(path): the overlay's agent last heard of other nodes \(age) s ago",
            details: "contactLimit allows \(limit) s")
    }

    /// Refuses what an ADD would refuse, without looking at the node.
    func check() throws(CNIError) {
        _ = try ipam(try userIPAM())
        _ = try keys["devices"].texts()
        _ = try contactLimit
        var document = document
        document["isGateway"] = true
        try VXLANConfiguration(JSONCursor(document)).validate(hasIPAM: true)
    }

    private var contactLimit: Int64 {
        get throws(CNIError) {
            let limit: Int64 = try keys["contactLimit"].integer() ?? 600
            guard limit >= 0 else {
                throw keys["contactLimit"].failure("\(limit) is not a number of seconds")
            }
            return limit
        }
    }

    /// What the user has in the IPAM plugin's object, where the node's subnet leaves room for it.
    private func userIPAM() throws(CNIError) -> JSONObject {
        let user = keys["ipam"]
        let members = try user.members() ?? [:]
        if let type = try user["type"].nonEmptyText(), type != "host-local" {
            throw user["type"].failure("\"\(type)\" cannot hand out the node's subnet; only host-local can")
        }
        for key in ["ranges", "subnet", "rangeStart", "rangeEnd", "gateway"] where !user[key].isAbsent {
            throw user[key].failure("the node's subnet is in \(try subnetFile)")
        }
        return members
    }

    /// The IPAM plugin's object: host-local with the node's subnet, and what the user has of routes and resolvers.
    private func ipam(_ file: SubnetFile) throws(CNIError) -> JSON {
        let user = keys["ipam"]
        var ipam = try ipam(try userIPAM())
        ipam["ranges"] = .array(file.parts.map { [["subnet": JSON($0.subnet)]] })
        let networks = file.parts.flatMap(\.networks).map { JSON.object(["dst": JSON($0)]) }
        ipam["routes"] = .array(networks + (try user["routes"].elements().map(\.value)))
        return ipam
    }

    /// What host-local needs to find its leases.
    private func ipam(_ members: JSONObject) throws(CNIError) -> JSON {
        var ipam = JSON.object(members)
        ipam["type"] = "host-local"
        if let folder = try keys["dataDir"].nonEmptyText() { ipam["dataDir"] = .string(folder) }
        return ipam
    }

    /// The user's MTU, if it is not larger than the overlay's.
    private func mtu(_ overlay: UInt32) throws(CNIError) -> UInt32 {
        let own: UInt32 = try keys["mtu"].integer() ?? 0
        if own == 0 { return overlay }
        guard own <= overlay else {
            throw keys["mtu"].failure("\(own) is more than the overlay takes, \(overlay)")
        }
        return own
    }

    /// The devices that the user names, or those that the agent does.
    private func devices(_ file: NodeFile) throws(CNIError) -> [String] {
        if !keys["devices"].isAbsent { return try keys["devices"].texts() }
        guard case .record(let record) = file else { return [] }
        return record.devices
    }
}

extension CNIError {
    /// An error with another code, unless it has one that a STATUS can have.
    fileprivate init(_ code: Code, _ error: CNIError) {
        self = error
        if self.code != .limitedConnectivity { self.code = code }
    }
}
