// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import CNITypes
package import EC2

extension NodeIdentity {
    /// Asks the metadata service who the node is, and EC2 what it may have.
    ///
    /// - Throws: `MetadataError`, `EC2Error`, or `CNIError` if EC2 does not know the instance's primary ENI.
    package static func discover(
        _ metadata: any MetadataService, _ service: any EC2Service
    ) async throws -> NodeIdentity {
        let instance = try await metadata.instance()
        let interfaces = try await service.describeNetworkInterfaces(
            .matching("attachment.instance-id", instance.instanceID))
        let primary = interfaces.first { interface in
            interface.attachment.map { $0.deviceIndex == 0 && $0.networkCard == 0 } ?? false
        }
        guard let primary, let mac = primary.macAddress else {
            throw CNIError(
                .tryAgainLater, "EC2 does not know the primary ENI of \(instance.instanceID) yet")
        }
        guard let type = try await service.describeInstanceTypes(.ids([instance.instanceType])).first else {
            throw CNIError(
                .invalidConfiguration, "EC2 does not know the instance type \(instance.instanceType)")
        }
        return NodeIdentity(
            instance: instance.instanceID, type: type.name, zone: instance.availabilityZone,
            vpc: primary.vpcID,
            subnet: SubnetID(primary.subnetID), primaryMAC: mac, securityGroups: primary.securityGroupIDs,
            limits: InstanceLimits(
                enis: type.maximumInterfaces, addressesPerENI: type.ipv4AddressesPerInterface,
                ipv6PerENI: type.supportsIPv6 ? type.ipv6AddressesPerInterface : 0,
                takesPrefixes: type.supportsPrefixes), cpus: type.virtualCPUs)
    }

    /// Asks the metadata service alone: for a node whose agent may not ask EC2.
    ///
    /// What the instance may have is then what it has, since nothing is changed.
    ///
    /// - Throws: `MetadataError`, or `CNIError` if the service does not show the primary ENI.
    package static func discover(_ metadata: any MetadataService) async throws -> NodeIdentity {
        let instance = try await metadata.instance()
        let interfaces = try await metadata.networkInterfaces().filter { $0.networkCard == 0 }
        guard let primary = interfaces.first(where: { $0.macAddress == instance.macAddress }) else {
            throw CNIError(.tryAgainLater, "the metadata service does not show the primary ENI yet")
        }
        let slots = interfaces.map { max($0.ipv4Addresses.count, 1) + $0.ipv4Prefixes.count }
        return NodeIdentity(
            instance: instance.instanceID, type: instance.instanceType, zone: instance.availabilityZone,
            vpc: primary.vpcID, subnet: SubnetID(primary.subnetID), primaryMAC: primary.macAddress,
            securityGroups: primary.securityGroupIDs,
            limits: InstanceLimits(
                enis: interfaces.count, addressesPerENI: slots.max() ?? 1,
                ipv6PerENI: interfaces.map { $0.ipv6Addresses.count + $0.ipv6Prefixes.count }.max() ?? 0,
                takesPrefixes: interfaces.contains { !$0.ipv4Prefixes.isEmpty }))
    }
}
