// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// Everything that the account has at one moment: a value, so that its readers are not disturbed.
public struct Resources: Sendable {
    /// Grows with every change.
    public internal(set) var sequence: UInt64 = 0
    /// By identifier.
    public internal(set) var vpcs: [String: VPC] = [:]
    /// By identifier.
    public internal(set) var subnets: [String: Subnet] = [:]
    /// By identifier.
    public internal(set) var groups: [String: SecurityGroup] = [:]
    /// By identifier.
    public internal(set) var interfaces: [String: NetworkInterface] = [:]
    /// By identifier.
    public internal(set) var instances: [String: Instance] = [:]

    /// An instance's interfaces, by card and device index, with those that are on their way in or out.
    public func interfaces(of instance: String) -> [NetworkInterface] {
        interfaces.values.filter { $0.attachment?.instance == instance }.sorted {
            ($0.attachment?.networkCard ?? 0, $0.attachment?.deviceIndex ?? 0)
                < ($1.attachment?.networkCard ?? 0, $1.attachment?.deviceIndex ?? 0)
        }
    }

    /// The interfaces that packets can reach: attached, or on their way out.
    public var connectedInterfaces: [NetworkInterface] {
        interfaces.values.filter { $0.attachment.map { $0.status != .attaching } ?? false }
            .sorted { $0.serial < $1.serial }
    }

    /// The interface of a VPC that owns an address, by itself or by a prefix.
    public func owner(of address: IPAddress, in vpc: String) -> NetworkInterface? {
        interfaces.values.first { $0.vpc == vpc && $0.owns(address) }
    }

    /// The security groups of an interface.
    public func groups(of interface: NetworkInterface) -> [SecurityGroup] {
        interface.groups.compactMap { groups[$0] }
    }

    /// The tags of a resource, or nil if there is no such resource.
    public func tags(of id: String) -> [String: String]? {
        switch ResourceKind(id: id) {
        case .vpc: vpcs[id]?.tags
        case .subnet: subnets[id]?.tags
        case .securityGroup: groups[id]?.tags
        case .networkInterface: interfaces[id]?.tags
        case .instance: instances[id]?.tags
        case nil: nil
        }
    }
}
