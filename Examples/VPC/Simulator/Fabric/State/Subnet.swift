// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A subnet of the VPC with its route table.
public struct Subnet: Hashable, Sendable {
    /// Its id, `subnet-…`.
    public var id: String
    /// The availability zone's id, such as `use1-az1`, for flow logs.
    public var zone: String
    /// Its networks: at most one of each family.
    public var networks: [IPPrefix]
    /// Where packets go that are for no address of the VPC; the longest prefix wins.
    public var routes: [IPPrefix: Target]

    /// Creates a subnet.
    ///
    /// - Parameter routes: Without any, everything leaves by the internet gateway.
    public init(
        id: String, zone: String = "use1-az1", networks: [IPPrefix],
        routes: [IPPrefix: Target] = [.everything(.v4): .internetGateway, .everything(.v6): .internetGateway]
    ) {
        self.id = id
        self.zone = zone
        self.networks = networks
        self.routes = routes
    }

    /// What a route leads to.
    public enum Target: Hashable, Sendable {
        /// The internet: IPv4 sources become their public addresses, or the packet is dropped; IPv6 stays.
        case internetGateway
        /// The internet, for connections that begin inside; IPv6 only.
        case egressOnlyGateway
        /// The internet, with the gateway's address as the source; IPv4 only.
        case natGateway(String)
        /// The peer network, with all addresses as they are.
        case vpn
        /// An ENI of the VPC, by its id, which must not check destinations.
        case interface(String)
    }

    /// The router's IPv4 address, the second of the network.
    public var router: IPAddress? {
        networks.first { $0.family == .v4 }?.first.advanced(by: 1)
    }

    /// Whether an address is in the subnet.
    public func contains(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    /// The route of the longest prefix that has the address.
    func target(for address: IPAddress) -> Target? {
        var best: (length: Int, target: Target)?
        for (prefix, target) in routes where prefix.contains(address) && prefix.length > best?.length ?? -1 {
            best = (prefix.length, target)
        }
        return best?.target
    }
}
