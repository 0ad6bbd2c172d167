// SPDX-License-Identifier: Apache-2.0

import CNITypes
import EC2

extension FakeEC2 {
    func describeNetworkInterfaces(_ selection: Selection) async throws(EC2Error) -> [NetworkInterface] {
        let failure = try await begin("DescribeNetworkInterfaces")
        try end(failure)
        progress()
        guard case .matching(let filters) = selection else { return [] }
        return interfaces.values.filter { eni in
            filters.allSatisfy { filter in
                switch filter.name {
                case "attachment.instance-id": eni.attachment?.instanceID.map(filter.values.contains) ?? false
                case "network-interface-id": filter.values.contains(eni.id)
                case "status": filter.values.contains(eni.status.rawValue)
                case "vpc-id": filter.values.contains(eni.vpcID)
                case "tag-key": filter.values.contains { eni.tags[$0] != nil }
                case "description": eni.text.hasPrefix("aws-K8S-")
                case let name where name.hasPrefix("tag:"):
                    eni.tags[String(name.dropFirst(4))].map(filter.values.contains) ?? false
                default: false
                }
            }
        }.sorted { $0.id < $1.id }
    }

    private func progress() {
        for (id, state) in pending {
            if state.left > 0 {
                pending[id]?.left -= 1
            } else {
                pending[id] = nil
                if state.isAttach {
                    interfaces[id]?.attachment?.status = .attached
                } else {
                    interfaces[id]?.attachment = nil
                    interfaces[id]?.status = .available
                }
            }
        }
    }

    func describeInstances(_ selection: Selection) async throws(EC2Error) -> [Instance] { [] }
    func describeInstanceTypes(_ selection: Selection) async throws(EC2Error) -> [InstanceType] { [type] }

    func describeSubnets(_ selection: Selection) async throws(EC2Error) -> [Subnet] {
        let failure = try await begin("DescribeSubnets")
        try end(failure)
        switch selection {
        case .ids(let ids): return ids.compactMap { subnets[$0] }
        case .matching: return subnets.values.sorted { $0.id < $1.id }
        }
    }

    func describeSecurityGroups(_ selection: Selection) async throws(EC2Error) -> [SecurityGroup] { [] }
    func createTags(_ tags: [String: String], on resources: [String]) async throws(EC2Error) {}
    func checkPermissions(_ subject: PermissionSubject) async throws(EC2Error) -> [PermissionCheck] { [] }
}

/// The metadata service of the node of ``FakeEC2``.
struct FakeMetadata: MetadataService {
    let ec2: FakeEC2

    func instance() async throws(MetadataError) -> InstanceMetadata {
        InstanceMetadata(
            instanceID: "i-1", instanceType: "m5.large", region: "eu-1", availabilityZone: "eu-1a",
            macAddress: MACAddress(bits: 0x0200_0000_0000))
    }

    func macAddresses() async throws(MetadataError) -> [MACAddress] { [] }
    func networkInterface(_ address: MACAddress) async throws(MetadataError) -> InterfaceMetadata? { nil }
    func networkInterfaces() async throws(MetadataError) -> [InterfaceMetadata] { [] }
}
