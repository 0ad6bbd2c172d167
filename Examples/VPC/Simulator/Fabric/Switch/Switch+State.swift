// SPDX-License-Identifier: Apache-2.0

public import Addressing

extension Switch {
    /// Takes another state; the tracked connections of ENIs that stay attached go on.
    public mutating func apply(_ new: FabricState) {
        state = new
        let groups = Dictionary(new.groups.map { ($0.id, $0) }) { $1 }
        let subnets = Dictionary(new.subnets.map { ($0.id, $0) }) { $1 }
        interfaces = Dictionary(new.interfaces.map { ($0.id, $0) }) { $1 }
        var now: [String: Member] = [:]
        for eni in new.interfaces {
            guard let subnet = subnets[eni.subnet], let (port, vlan) = place(of: eni) else { continue }
            if members[eni.id]?.eni.attachment == eni.attachment {
                gates[eni.id]?.filter.update(eni, groups)
            } else {
                gates[eni.id] = Gate(filter: SecurityFilter(eni, groups))
            }
            now[eni.id] = Member(eni: eni, subnet: subnet, port: port, vlan: vlan)
        }
        members = now
        for id in gates.keys where now[id] == nil { gates[id] = nil }
        lookUps(of: now.values.map(\.eni))
        for gateway in new.natGateways
        where translations[gateway.id]?.publicAddress != gateway.publicAddress {
            translations[gateway.id] = PortTranslation(gateway.publicAddress)
        }
        let gateways = Set(new.natGateways.map(\.id))
        translations = translations.filter { gateways.contains($0.key) }
        flows.setInterfaces(now.values.map { FlowInterface($0, new) })
    }

    /// The device that an attached ENI's frames come by, and their tag.
    private func place(of eni: ENI) -> (Port, UInt16?)? {
        switch eni.attachment {
        case nil: return nil
        case .device: return (.eni(eni.id), nil)
        case .branch(let trunk, let vlan):
            guard case .device? = interfaces[trunk]?.attachment else { return nil }
            return (.eni(trunk), vlan)
        }
    }

    private mutating func lookUps(of attached: [ENI]) {
        addresses = AddressMap(state.interfaces)
        macs = Dictionary(attached.map { ($0.mac, $0.id) }) { $1 }
        branches = [:]
        publicAddresses = [:]
        for eni in attached {
            if case .branch(let trunk, let vlan)? = eni.attachment {
                branches[Branch(trunk: trunk, vlan: vlan)] = eni.id
            }
            for (own, seen) in eni.publicAddresses where eni.owns(own) { publicAddresses[seen] = own }
        }
        routers = Set(state.subnets.compactMap(\.router))
        services = LinkLocalService.addresses
        if let dns = state.networks.first(where: { $0.family == .v4 })?.first.advanced(by: 2) {
            services.insert(dns)
        }
    }
}

/// The services that EC2 has at the same addresses on every link.
public enum LinkLocalService {
    /// Instance metadata, IPv4.
    public static let metadata = IPAddress(.v4, bits: 0xa9fe_a9fe)
    /// AmazonProvidedDNS, IPv4; it is at the VPC's network plus two, too.
    public static let dns = IPAddress(.v4, bits: 0xa9fe_a9fd)
    /// The time, IPv4.
    public static let time = IPAddress(.v4, bits: 0xa9fe_a97b)
    /// Instance metadata, `fd00:ec2::254`.
    public static let metadata6 = IPAddress(.v6, bits: 0xfd00_0ec2 << 96 | 0x254)
    /// AmazonProvidedDNS, `fd00:ec2::253`.
    public static let dns6 = IPAddress(.v6, bits: 0xfd00_0ec2 << 96 | 0x253)
    /// The time, `fd00:ec2::123`.
    public static let time6 = IPAddress(.v6, bits: 0xfd00_0ec2 << 96 | 0x123)

    static let addresses: Set<IPAddress> = [metadata, dns, time, metadata6, dns6, time6]
}
