// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
package import EC2
internal import Logging
internal import NodeAgentStatus

extension PoolKeeper {
    /// Has ENIs made in these subnets from now on, the first to be preferred.
    package func use(_ found: [Subnet], securityGroups: [String]? = nil) {
        for subnet in found {
            subnets[subnet.id] = SubnetNetworks(v4: subnet.ipv4Network, v6: subnet.ipv6Networks.first)
            // Space that returns ends the wait for it. One address more or less is no reason to ask again at once.
            let before = freeAddresses.updateValue(subnet.availableAddresses, forKey: subnet.id) ?? 0
            if subnet.availableAddresses >= before + Targets.prefixSize {
                input.backoffs.spaceReturned(to: SubnetID(subnet.id))
            }
            metrics.subnetFree[subnet.id].set(subnet.availableAddresses)
        }
        let ids = found.map { SubnetID($0.id) }
        if ids != input.subnets {
            logger.info(
                "subnets for pods", metadata: ["subnets": "\(ids.map(\.text).joined(separator: ","))"])
        }
        input.subnets = ids
        operations.securityGroups = securityGroups
        signal.yield()
    }

    /// Has ENIs made as an ENIConfig says.
    ///
    /// - Returns: Why that cannot be, for people; nil if it can.
    func use(_ config: ENIConfig, named name: String) async -> String? {
        do throws(EC2Error) {
            let found = try await operations.service.describeSubnets(.ids([config.subnet]))
            guard let subnet = found.first, subnet.availabilityZone == operations.node.zone else {
                return
                    "ENIConfig \(name): \(config.subnet) is not in this node's zone \(operations.node.zone)"
            }
            use(found, securityGroups: config.securityGroups.isEmpty ? nil : config.securityGroups)
            return nil
        } catch {
            return "ENIConfig \(name): \(error)"
        }
    }

    /// Takes in what the metadata service shows, where EC2 may not be asked.
    package func lookAtMetadata(_ metadata: any MetadataService) async throws {
        let now = clock()
        let node = operations.node
        let interfaces = try await metadata.networkInterfaces()
        for interface in interfaces {
            subnets[interface.subnetID] = SubnetNetworks(
                v4: interface.subnetIPv4Network, v6: interface.subnetIPv6Networks.first)
        }
        let seen = interfaces.filter(\.hasIP).compactMap { interface in
            SeenENI(
                NetworkInterface(interface, instance: node.instance), of: node, operations.options,
                subnets: subnets, now: now)
        }
        guard seen.contains(where: \.eni.isPrimary) else { return }
        take(seen, now: now)
    }
}

extension NetworkInterface {
    /// What the metadata service says of an interface, in EC2's words.
    fileprivate init(_ interface: InterfaceMetadata, instance: String) {
        self.init(
            id: interface.interfaceID, status: .inUse, macAddress: interface.macAddress,
            subnetID: interface.subnetID, vpcID: interface.vpcID,
            securityGroupIDs: interface.securityGroupIDs,
            attachment: InterfaceAttachment(
                id: nil, deviceIndex: interface.deviceNumber, networkCard: interface.networkCard,
                instanceID: instance),
            addresses: interface.ipv4Addresses.enumerated().map { PrivateAddress($1, isPrimary: $0 == 0) },
            ipv6Addresses: interface.ipv6Addresses, ipv4Prefixes: interface.ipv4Prefixes,
            ipv6Prefixes: interface.ipv6Prefixes)
    }
}

extension PoolKeeper {
    /// Sets how many addresses are kept ready.
    func setWarm(_ targets: Targets) {
        var targets = targets
        targets.maxPods = input.targets.maxPods
        if targets == input.targets { return }
        input.targets = targets
        signal.yield()
    }

    /// Sets how many pods with an address of their own kubelet takes.
    func setMaxPods(_ count: Int) {
        if input.targets.maxPods == count { return }
        input.targets.maxPods = count
        signal.yield()
    }
}
