// SPDX-License-Identifier: Apache-2.0

package import AddressPool
package import Addressing
package import EC2

/// The networks of a subnet.
package struct SubnetNetworks: Hashable, Sendable {
    package var v4: IPPrefix?
    package var v6: IPPrefix?

    package init(v4: IPPrefix? = nil, v6: IPPrefix? = nil) {
        self.v4 = v4
        self.v6 = v6
    }
}

extension SeenENI {
    /// What the pool has to know of an interface that EC2 says is attached to this node; nil if it is not.
    package init?(
        _ interface: NetworkInterface, of node: NodeIdentity, _ options: AgentOptions,
        subnets: [String: SubnetNetworks] = [:], now: Moment
    ) {
        guard let attachment = interface.attachment, attachment.instanceID ?? node.instance == node.instance,
            attachment.status != .detached, let mac = interface.macAddress
        else { return nil }
        let status: ENI.Status
        if interface.status == .detaching || attachment.status == .detaching {
            status = .detaching
        } else {
            status = attachment.status == .attached ? .attached : .attaching
        }
        let isPrimary = attachment.deviceIndex == 0 && attachment.networkCard == 0
        var eni = ENI(
            id: ENIID(interface.id), mac: mac, deviceIndex: attachment.deviceIndex,
            networkCard: attachment.networkCard, subnet: SubnetID(interface.subnetID), isPrimary: isPrimary,
            primaryAddress: interface.primaryAddress,
            role: Self.role(of: interface, isPrimary: isPrimary, options), status: status, seen: now)
        eni.primaryIPv6Address = interface.ipv6Addresses.first
        eni.subnetPrefix = subnets[interface.subnetID]?.v4
        eni.subnetIPv6Prefix = subnets[interface.subnetID]?.v6
        var blocks: [IPPrefix] = []
        if eni.role == .pool {
            if options.families.contains(.v4) {
                blocks += interface.secondaryAddresses.map(IPPrefix.init(host:)) + interface.ipv4Prefixes
            }
            if options.families.contains(.v6) { blocks += interface.ipv6Prefixes }
        }
        self.init(
            eni, blocks: blocks,
            reserved: options.reservedAddresses.union(ENITags.reservedAddresses(interface.tags)))
    }

    private static func role(
        of interface: NetworkInterface, isPrimary: Bool, _ options: AgentOptions
    ) -> ENI.Role {
        if ENITags.isUnmanaged(interface.tags) { return .foreign("tag \(ENITags.unmanaged)") }
        if isPrimary { return .pool }
        if let attachment = interface.attachment, attachment.networkCard != 0 {
            return .foreign("on network card \(attachment.networkCard)")
        }
        if interface.isManagedByService { return .foreign("managed by an AWS service") }
        if interface.interfaceType != "interface" { return .foreign("of type \(interface.interfaceType)") }
        if interface.tags[ENITags.exclusive] != nil { return .exclusive(nil) }
        if !options.managesUntaggedENIs, !ENITags.isManaged(interface.tags) {
            return .foreign("without the tag \(ENITags.instance)")
        }
        if options.families.contains(.v4), interface.primaryAddress == nil { return .foreign("without IPv4") }
        return .pool
    }
}
