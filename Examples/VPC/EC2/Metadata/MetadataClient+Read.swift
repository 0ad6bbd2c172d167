// SPDX-License-Identifier: Apache-2.0

public import CNITypes

extension MetadataClient {
    /// Describes the instance.
    public func instance() async throws(MetadataError) -> InstanceMetadata {
        let zone = try await required("placement/availability-zone")
        return InstanceMetadata(
            instanceID: try await required("instance-id"), instanceType: try await required("instance-type"),
            region: try await region(), availabilityZone: zone,
            macAddress: try parse(try await required("mac"), "mac", "a MAC address") { MACAddress($0) },
            localIPv4: try await optional("local-ipv4", "an address") { IPAddress($0) },
            ipv6: try await optional("ipv6", "an address") { IPAddress($0) })
    }

    /// The region. Old services have it in the instance's identity document only.
    public func region() async throws(MetadataError) -> String {
        let region: String
        if let text = try await leaf("placement/region") {
            region = text
        } else {
            let path = "dynamic/instance-identity/document"
            guard let text = try await read(path), let document = try? JSON(parsing: text),
                let text = document["region"]?.string
            else {
                throw MetadataError(
                    .notFound, "metadata: neither placement/region nor \(path) tells the region")
            }
            region = text
        }
        guard Endpoint.isRegion(region) else {
            throw MetadataError(.malformed, "metadata: \"\(region.prefix(80))\" is not a region")
        }
        return region
    }

    /// The MAC addresses of the interfaces that the service lists.
    public func macAddresses() async throws(MetadataError) -> [MACAddress] {
        let path = "network/interfaces/macs/"
        return try lines(try await required(path)).map { (line) throws(MetadataError) in
            try parse(line.hasSuffix("/") ? String(line.dropLast()) : line, path, "a MAC address") {
                MACAddress($0)
            }
        }
    }

    /// Describes an interface; nil if the service has none with that MAC address (any more).
    public func networkInterface(_ address: MACAddress) async throws(MetadataError) -> InterfaceMetadata? {
        let folder = "network/interfaces/macs/\(address)/"
        guard let listing = try await leaf(folder) else { return nil }
        let leaves = Set(lines(listing))
        /// Leaves that are not listed are not asked for; a listed one may be gone by now.
        func list<Value>(
            _ name: String, _ kind: String, _ value: (String) -> Value?
        ) async throws(MetadataError) -> [Value] {
            guard leaves.contains(name), let text = try await leaf(folder + name) else { return [] }
            var values: [Value] = []
            for line in lines(text) { values.append(try parse(line, folder + name, kind, value)) }
            return values
        }
        func text(_ name: String) async throws(MetadataError) -> String? {
            try await list(name, "a text") { $0 }.first
        }
        // Without these two there is nothing to be done with it: it is on its way off, or not all there yet.
        guard let id = try await text("interface-id"),
            let number = try await list("device-number", "a number", { Int($0) }).first
        else { return nil }
        let cards = try await list("network-card", "a number") { Int($0) }
        return InterfaceMetadata(
            macAddress: address, interfaceID: id, deviceNumber: number,
            networkCard: cards.first ?? 0, subnetID: try await text("subnet-id") ?? "",
            vpcID: try await text("vpc-id") ?? "",
            ownerID: try await text("owner-id") ?? "",
            securityGroupIDs: try await list("security-group-ids", "a text") { $0 },
            ipv4Addresses: try await list("local-ipv4s", "an address") { IPAddress($0) },
            ipv6Addresses: try await list("ipv6s", "an address") { IPAddress($0) },
            ipv4Prefixes: try await list("ipv4-prefix", "a network") { IPPrefix($0) },
            ipv6Prefixes: try await list("ipv6-prefix", "a network") { IPPrefix($0) },
            subnetIPv4Network: try await list("subnet-ipv4-cidr-block", "a network") { IPPrefix($0) }.first,
            subnetIPv6Networks: try await list("subnet-ipv6-cidr-blocks", "a network") { IPPrefix($0) },
            vpcIPv4Networks: try await list("vpc-ipv4-cidr-blocks", "a network") { IPPrefix($0) },
            vpcIPv6Networks: try await list("vpc-ipv6-cidr-blocks", "a network") { IPPrefix($0) },
            leaves: leaves)
    }

    /// Describes all interfaces that the service lists, in order of card and device index.
    public func networkInterfaces() async throws(MetadataError) -> [InterfaceMetadata] {
        var interfaces: [InterfaceMetadata] = []
        for address in try await macAddresses() {
            if let interface = try await networkInterface(address) { interfaces.append(interface) }
        }
        return interfaces.sorted { ($0.networkCard, $0.deviceNumber) < ($1.networkCard, $1.deviceNumber) }
    }

    /// The text of a leaf or a list of the instance's metadata; nil if there is none.
    private func leaf(_ path: String) async throws(MetadataError) -> String? {
        try await read("meta-data/\(path)")
    }

    private func required(_ path: String) async throws(MetadataError) -> String {
        guard let text = try await leaf(path), !text.isEmpty else {
            throw MetadataError(.notFound, "metadata: \(path): missing")
        }
        return text
    }

    private func optional<Value>(
        _ path: String, _ kind: String, _ value: (String) -> Value?
    ) async throws(MetadataError) -> Value? {
        guard let text = try await leaf(path), !text.isEmpty else { return nil }
        return try parse(text, path, kind, value)
    }

    private func parse<Value>(
        _ text: String, _ path: String, _ kind: String, _ value: (String) -> Value?
    ) throws(MetadataError) -> Value {
        guard let value = value(text) else {
            throw MetadataError(.malformed, "metadata: \(path): \"\(text.prefix(80))\" is not \(kind)")
        }
        return value
    }

    private func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map { String($0) }
    }
}
