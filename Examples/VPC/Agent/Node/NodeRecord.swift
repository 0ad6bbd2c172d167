// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import Addressing
internal import CNITypes

/// What the agent knew of its node when EC2 answered last, so that a start while EC2 does not answer has something to give.
struct NodeRecord: Hashable, Sendable {
    /// The boot of the machine that it is of: past another one an ENI may be gone whose interface is still shown.
    var boot: String
    var node: NodeIdentity
    var enis: [SeenENI]

    init(boot: String, node: NodeIdentity, enis: [SeenENI]) {
        self.boot = boot
        self.node = node
        self.enis = enis
    }

    static let version = "vpc-agent-node/1"
}

extension NodeRecord {
    var json: JSON {
        [
            "version": .string(Self.version), "boot": .string(boot), "node": node.json,
            "enis": .array(enis.map(\.json)),
        ]
    }

    /// Reads a record.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` for a document that is none, or of another version.
    init(_ document: JSON, now: Moment) throws(CNIError) {
        guard document["version"]?.string == Self.version, let boot = document["boot"]?.string,
            let node = document["node"].flatMap({ NodeIdentity($0) }), let list = document["enis"]?.array
        else { throw CNIError(.decodingFailure, "not a record of \(Self.version)") }
        let enis = list.compactMap { SeenENI($0, now: now) }
        guard enis.count == list.count, enis.contains(where: \.eni.isPrimary) else {
            throw CNIError(.decodingFailure, "its ENIs cannot be read")
        }
        self.init(boot: boot, node: node, enis: enis)
    }
}

extension NodeIdentity {
    fileprivate var json: JSON {
        var document: JSON = [
            "instance": .string(instance), "type": .string(type), "zone": .string(zone), "vpc": .string(vpc),
            "subnet": .string(subnet.text), "primaryMAC": .string(primaryMAC.description),
            "securityGroups": .array(securityGroups.map { .string($0) }),
            "enis": JSON(limits.enis), "addressesPerENI": JSON(limits.addressesPerENI),
            "ipv6PerENI": JSON(limits.ipv6PerENI), "takesPrefixes": .bool(limits.takesPrefixes),
        ]
        if let cpus { document["cpus"] = JSON(cpus) }
        return document
    }

    fileprivate init?(_ document: JSON) {
        guard let instance = document["instance"]?.string, let type = document["type"]?.string,
            let zone = document["zone"]?.string, let vpc = document["vpc"]?.string,
            let subnet = document["subnet"]?.string,
            let mac = (document["primaryMAC"]?.string).flatMap({ MACAddress($0) }),
            let groups = document["securityGroups"]?.array, let enis = document["enis"]?.int,
            let addresses = document["addressesPerENI"]?.int, enis > 0, addresses > 0
        else { return nil }
        self.init(
            instance: instance, type: type, zone: zone, vpc: vpc, subnet: SubnetID(subnet), primaryMAC: mac,
            securityGroups: groups.compactMap(\.string),
            limits: InstanceLimits(
                enis: enis, addressesPerENI: addresses, ipv6PerENI: document["ipv6PerENI"]?.int ?? 0,
                takesPrefixes: document["takesPrefixes"]?.bool ?? false),
            cpus: document["cpus"]?.int)
    }
}

extension SeenENI {
    fileprivate var json: JSON {
        var document: JSON = [
            "id": .string(eni.id.text), "mac": .string(eni.mac.description),
            "deviceIndex": JSON(eni.deviceIndex), "networkCard": JSON(eni.networkCard),
            "subnet": .string(eni.subnet.text), "isPrimary": .bool(eni.isPrimary),
            "blocks": .array(blocks.map { .string($0.description) }),
            "reserved": .array(reserved.sorted().map { .string($0.description) }),
        ]
        switch eni.role {
        case .pool: document["role"] = "pool"
        case .exclusive: document["role"] = "exclusive"
        case .foreign(let reason): document["foreign"] = .string(reason)
        }
        let texts: [(String, String?)] = [
            ("primaryAddress", eni.primaryAddress?.description),
            ("primaryIPv6Address", eni.primaryIPv6Address?.description),
            ("subnetPrefix", eni.subnetPrefix?.description),
            ("subnetIPv6Prefix", eni.subnetIPv6Prefix?.description),
        ]
        for (name, text) in texts { if let text { document[name] = .string(text) } }
        return document
    }

    fileprivate init?(_ document: JSON, now: Moment) {
        guard let id = document["id"]?.string,
            let mac = (document["mac"]?.string).flatMap({ MACAddress($0) }),
            let index = document["deviceIndex"]?.int, let subnet = document["subnet"]?.string,
            let texts = document["blocks"]?.array
        else { return nil }
        let blocks = texts.compactMap { $0.string.flatMap { IPPrefix($0) } }
        guard blocks.count == texts.count else { return nil }
        let role: ENI.Role
        switch (document["role"]?.string, document["foreign"]?.string) {
        case ("pool", nil): role = .pool
        case ("exclusive", nil): role = .exclusive(nil)
        case (nil, let reason?): role = .foreign(reason)
        default: return nil
        }
        func address(_ name: String) -> IPAddress? { (document[name]?.string).flatMap { IPAddress($0) } }
        func prefix(_ name: String) -> IPPrefix? { (document[name]?.string).flatMap { IPPrefix($0) } }
        var eni = ENI(
            id: ENIID(id), mac: mac, deviceIndex: index, networkCard: document["networkCard"]?.int ?? 0,
            subnet: SubnetID(subnet), isPrimary: document["isPrimary"]?.bool ?? false,
            primaryAddress: address("primaryAddress"), role: role, seen: now)
        eni.primaryIPv6Address = address("primaryIPv6Address")
        eni.subnetPrefix = prefix("subnetPrefix")
        eni.subnetIPv6Prefix = prefix("subnetIPv6Prefix")
        let reserved = (document["reserved"]?.array ?? []).compactMap { $0.string.flatMap { IPAddress($0) } }
        self.init(eni, blocks: blocks, reserved: Set(reserved))
    }
}
