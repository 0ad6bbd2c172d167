// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// What a node's agent knows, for the plugin and for the agent's next start: `/run/flannel/agent.json`.
public struct AgentRecord: Hashable, Sendable {
    /// The cluster's network.
    public var configuration: OverlayConfiguration
    /// The node's own lease.
    public var lease: Lease
    /// The names of the node's tunnel devices, which have to be there.
    public var devices: [String]
    /// The MTU of the way to other nodes, in bytes.
    public var mtu: UInt32
    /// Whether the node masquerades what leaves the cluster.
    public var masquerades: Bool
    /// When the agent last heard from where the leases are, in seconds since 1970.
    public var lastContact: Int64

    /// Where the agent puts it by default.
    public static let usualPath = "/run/flannel/agent.json"

    /// Creates a record.
    public init(
        configuration: OverlayConfiguration, lease: Lease, devices: [String], mtu: UInt32, masquerades: Bool,
        lastContact: Int64
    ) {
        self.configuration = configuration
        self.lease = lease
        self.devices = devices
        self.mtu = mtu
        self.masquerades = masquerades
        self.lastContact = lastContact
    }

    /// Reads a record.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` or ``CNIError/Code/invalidConfiguration`` with the path of the
    ///   member.
    public init(parsing text: [UInt8]) throws(CNIError) {
        let record = JSONCursor(try JSON(parsing: text), failingWith: .decodingFailure)
        try record.requireObject()
        let version: Int = try record["version"].required(try record["version"].integer())
        guard version == 1 else {
            throw record["version"].failure("\(version) is not one that is known here")
        }
        configuration = try OverlayConfiguration(json: record["network"].value)
        let key = try record["lease"]["key"].text() ?? ""
        guard let subnets = SubnetKey(key) else {
            throw record["lease"]["key"].failure("\"\(key.prefix(80))\" is not the name of a lease")
        }
        lease = try Lease(record["lease"]["value"], subnets)
        for family in configuration.families where lease[family] == nil {
            throw record["lease"]["key"].failure("no \(family.name) subnet, which the network has")
        }
        devices = try record["devices"].texts()
        mtu = try record["mtu"].required(try record["mtu"].integer())
        guard 68...65535 ~= mtu else { throw record["mtu"].failure("\(mtu) is not 68 to 65535") }
        masquerades = try record["masquerade"].bool() ?? false
        lastContact = try record["lastContact"].required(try record["lastContact"].integer())
    }

    /// The file.
    public var text: [UInt8] {
        var value = JSON.null
        // Written by us, it is JSON.
        do throws(CNIError) { value = try JSON(parsing: lease.value) } catch {}
        let json: JSON = [
            "version": 1, "network": configuration.json,
            "lease": ["key": .string(lease.key.description), "value": value], "devices": JSON(devices),
            "mtu": JSON(mtu), "masquerade": .bool(masquerades), "lastContact": JSON(lastContact),
        ]
        return Array((json.serialized(indent: 2) + "\n").utf8)
    }

    /// The same as flannel would say it.
    public var subnetFile: SubnetFile {
        func part(_ pool: AddressPool?, _ part: Lease.Part?) -> SubnetFile.Part? {
            guard let pool, let part else { return nil }
            return SubnetFile.Part(networks: [pool.network], subnet: part.subnet)
        }
        return SubnetFile(
            v4: part(configuration.v4, lease.v4), v6: part(configuration.v6, lease.v6), mtu: mtu,
            masquerades: masquerades)
    }
}
