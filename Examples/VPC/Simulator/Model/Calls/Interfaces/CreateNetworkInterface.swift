// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// CreateNetworkInterface.
package struct CreateNetworkInterface: Operation, Hashable {
    package static let action = "CreateNetworkInterface"

    package var subnet: String
    package var description = ""
    /// The primary address, if it is not to be any.
    package var primaryAddress: IPAddress?
    package var groups: [String] = []
    /// Secondary addresses or prefixes.
    package var ipv4 = AddressRequest()
    package var ipv6 = AddressRequest()
    package var type = "interface"
    package var tags: [String: String] = [:]
    package var clientToken: String?
    package var enablesPrimaryIPv6 = false
    package var connectionTracking: NetworkInterface.ConnectionTracking?

    package init(subnet: String) { self.subnet = subnet }

    package func accesses(in resources: Resources) -> [Access] {
        Access.new(.networkInterface, Self.action, tags: tags)
            + ([subnet] + groups).map { .existing($0, Self.action, in: resources) }
    }

    package func perform(in region: inout Region) throws(EC2Error) -> NetworkInterface {
        if let clientToken, let earlier = try region.interface(madeBy: self, token: clientToken) {
            return earlier
        }
        let made = try region.make(self)
        if let clientToken { region.clientTokens[clientToken] = .interface(request: self, id: made.id) }
        return made
    }
}

/// What a client token was used for.
enum ClientTokenUse: Sendable {
    case interface(request: CreateNetworkInterface, id: String)
    case launch(request: RunInstances, reservation: String)

    /// Refuses a token that EC2 would not take.
    static func check(_ token: String) throws(EC2Error) {
        guard token.utf8.count <= 64, token.utf8.allSatisfy({ $0 < 128 }), !token.isEmpty else {
            throw EC2Error("InvalidClientToken", "The client token is not 1 to 64 ASCII characters")
        }
    }

    static let mismatch = EC2Error(
        "IdempotentParameterMismatch",
        "Arguments on this idempotent request are inconsistent with arguments used in "
            + "previous request(s).")
}

extension Region {
    /// What an earlier call with the same token has made; nil for the first one.
    fileprivate func interface(
        madeBy request: CreateNetworkInterface, token: String
    ) throws(EC2Error) -> NetworkInterface? {
        try ClientTokenUse.check(token)
        switch clientTokens[token] {
        case nil: return nil
        case .interface(let earlier, let id)?:
            guard earlier == request else { throw ClientTokenUse.mismatch }
            return try resources.interface(id)
        case .launch?: throw ClientTokenUse.mismatch
        }
    }

    /// Makes an interface, for the call of that name and for launches.
    mutating func make(_ request: CreateNetworkInterface) throws(EC2Error) -> NetworkInterface {
        let subnet = try resources.subnet(request.subnet)
        try checkTags(request.tags)
        guard Self.interfaceTypes.contains(request.type) else {
            throw .invalidValue("Value (\(request.type)) for parameter InterfaceType is invalid.")
        }
        guard resources.interfaces.count < settings.interfaceQuota else {
            throw EC2Error(
                "NetworkInterfaceLimitExceeded",
                "The maximum number of network interfaces (\(settings.interfaceQuota)) has been reached.")
        }
        try request.ipv4.check(minimum: 0)
        try request.ipv6.check(minimum: 0)
        try request.connectionTracking?.check()
        let groups =
            request.groups.isEmpty
            ? [resources.defaultGroup(of: subnet.vpc)?.id].compactMap { $0 } : request.groups
        try check(groups: groups, in: subnet.vpc)
        let primary = try take(
            request.primaryAddress.map { AddressRequest(addresses: [$0]) } ?? AddressRequest(count: 1),
            of: .v4,
            in: subnet.id, inUse: "InvalidIPAddress.InUse")
        let ipv4 = try take(request.ipv4, of: .v4, in: subnet.id, inUse: "InvalidIPAddress.InUse")
        let ipv6 = try take(request.ipv6, of: .v6, in: subnet.id, inUse: "InvalidIPAddress.InUse")
        var interface = NetworkInterface(
            id: random.identifier("eni"), serial: serial(), subnet: subnet.id, vpc: subnet.vpc,
            zone: subnet.zone,
            zoneID: subnet.zoneID, mac: random.macAddress(), type: request.type, createdAt: now,
            description: request.description, groups: groups,
            addresses: primary.addresses.map { .init(address: $0, isPrimary: true) }
                + ipv4.addresses.map { .init(address: $0, isPrimary: false) },
            tags: request.tags)
        interface.ipv4Prefixes = ipv4.prefixes
        interface.ipv6Addresses = ipv6.addresses
        interface.ipv6Prefixes = ipv6.prefixes
        interface.hasPrimaryIPv6 = request.enablesPrimaryIPv6 && !ipv6.addresses.isEmpty
        interface.connectionTracking = request.connectionTracking
        resources.interfaces[interface.id] = interface
        return interface
    }

    /// Takes addresses or prefixes of a subnet.
    mutating func take(
        _ request: AddressRequest, of family: IPAddress.Family, in subnet: String, inUse: String
    ) throws(EC2Error) -> AssignedAddresses {
        guard request.slots > 0 else { return AssignedAddresses() }
        if family == .v4 {
            guard var plan = resources.subnets[subnet]?.plan else { throw .notFound(.subnet, subnet) }
            let taken = try plan.take(request, inUse: inUse, using: &random)
            resources.subnets[subnet]?.plan = plan
            return taken
        }
        guard var plan = resources.subnets[subnet]?.ipv6Plan else {
            throw .invalidValue("The subnet '\(subnet)' does not have an IPv6 CIDR block associated with it")
        }
        let taken = try plan.take(request, inUse: inUse, using: &random)
        resources.subnets[subnet]?.ipv6Plan = plan
        return taken
    }

    /// Refuses groups that an interface of the VPC cannot have.
    func check(groups: [String], in vpc: String) throws(EC2Error) {
        guard Set(groups).count <= settings.groupsPerInterface else {
            throw EC2Error(
                "SecurityGroupsPerInterfaceLimitExceeded",
                "The maximum number of security groups per interface has been reached.")
        }
        for id in groups {
            try ResourceKind.securityGroup.check(id)
            guard let group = resources.groups[id] else {
                throw EC2Error("InvalidSecurityGroupID.NotFound", "The security group '\(id)' does not exist")
            }
            guard group.vpc == vpc else {
                throw EC2Error(
                    "InvalidParameter", "Security group \(id) and the subnet belong to different networks.")
            }
        }
    }

    private static let interfaceTypes: Set<String> = ["interface", "efa", "efa-only", "trunk", "branch"]
}

extension NetworkInterface.ConnectionTracking {
    /// Refuses timeouts outside EC2's ranges.
    func check() throws(EC2Error) {
        for (value, range, name) in [
            (tcpEstablished, 60...432_000, "TcpEstablishedTimeout"),
            (udpStream, 60...180, "UdpStreamTimeout"),
            (udp, 30...60, "UdpTimeout"),
        ] {
            guard let value, !range.contains(value) else { continue }
            throw .invalidValue("Value (\(value)) for parameter \(name) is invalid.")
        }
    }
}
