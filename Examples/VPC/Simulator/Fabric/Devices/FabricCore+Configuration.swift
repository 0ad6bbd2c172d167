// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Glibc
internal import LinuxCore
internal import Namespaces
internal import Netlink

extension FabricCore {
    /// Configures an ENI's link as a DHCP client does: ``Fabric/configure(_:)``.
    func configure(_ id: String) throws(FabricError) {
        guard let eni = network.state.interfaces.first(where: { $0.id == id }),
            case .device(let instance, let name)? = eni.attachment,
            let subnet = network.state.subnets.first(where: { $0.id == eni.subnet })
        else { throw FabricError("configure \(id)", .unknown(id)) }
        let path = try namespacePath(of: instance)
        let namespace = try FabricError.wrapping { () throws(NamespaceError) in
            try NetworkNamespace(path: path)
        }
        do throws(NetlinkError) {
            let session = try RoutingSocket(in: namespace)
            guard let link = try session.link(.name(name)) else {
                throw NetlinkError(operation: "link show \(name)", errno: ENODEV)
            }
            try session.perform { batch in
                batch.setLink(.name("lo"), LinkAttributes(isUp: true))
                batch.setLink(.index(link.index), LinkAttributes(isUp: true))
                for address in Self.addresses(of: eni, subnet) {
                    batch.address(.replace, address, on: link.index)
                }
                if let router = subnet.router, eni.primary != nil {
                    batch.route(.replace, Route(.everything(.v4), via: router), through: link.index)
                }
                if eni.addresses.contains(where: { $0.family == .v6 }) {
                    batch.route(
                        .replace, Route(.everything(.v6), via: Switch.routerAddress), through: link.index)
                }
            }
        } catch {
            throw FabricError("configure \(id)", .netlink(error))
        }
    }

    private static func addresses(of eni: ENI, _ subnet: Subnet) -> [InterfaceAddress] {
        var addresses: [InterfaceAddress] = []
        if let primary = eni.primary, let network = subnet.networks.first(where: { $0.family == .v4 }),
            let prefix = IPPrefix(primary, length: network.length)
        {
            addresses.append(InterfaceAddress(prefix))
        }
        // DHCPv6 leases a /128.
        addresses += eni.addresses.filter { $0.family == .v6 }.map {
            InterfaceAddress(IPPrefix(host: $0), skipsDAD: true)
        }
        return addresses
    }
}

extension Switch {
    /// The machine that an address belongs to by its ENI.
    func instance(of address: IPAddress) -> String? {
        guard let owner = addresses.owner(of: address), let member = members[owner] else { return nil }
        switch member.eni.attachment {
        case .device(let instance, _)?: return instance
        case .branch(let trunk, _)?:
            guard case .device(let instance, _)? = interfaces[trunk]?.attachment else { return nil }
            return instance
        case nil: return nil
        }
    }
}
