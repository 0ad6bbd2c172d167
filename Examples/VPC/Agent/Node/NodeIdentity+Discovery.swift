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
}
