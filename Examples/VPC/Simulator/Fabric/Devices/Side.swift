// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import LinuxCore
internal import Namespaces
internal import Netlink

/// A network outside the VPC: a namespace that the fabric puts a link into.
public struct Side: Hashable, Sendable {
    /// The path of the namespace.
    public var namespacePath: String
    /// The link's name.
    public var name: String
    /// The addresses that the link gets; machines of this side may have others, on any link of the namespace.
    public var addresses: [IPPrefix]

    /// Creates a side.
    public init(namespacePath: String, name: String, addresses: [IPPrefix]) {
        self.namespacePath = namespacePath
        self.name = name
        self.addresses = addresses
    }

    /// Makes the link, with a default route for each family that it has an address of.
    func open(mtu: Int, workshop: borrowing NetworkNamespace) throws(FabricError) -> Tunnel {
        let namespace = try FabricError.wrapping { () throws(NamespaceError) in
            try NetworkNamespace(path: namespacePath)
        }
        let tunnel = try Tunnel.make(
            isEthernet: false, Tunnel.Appearance(name: name, mtu: UInt32(mtu)), in: namespace,
            workshop: workshop)
        try Self.configure(name, addresses, in: namespace)
        return tunnel
    }

    /// Gives a link its addresses, and default routes.
    static func configure(
        _ name: String, _ addresses: [IPPrefix], in namespace: borrowing NetworkNamespace
    ) throws(FabricError) {
        do throws(NetlinkError) {
            let session = try RoutingSocket(in: namespace)
            let link = try session.link(.name(name))?.index ?? 0
            try session.perform { batch in
                batch.setLink(.index(link), LinkAttributes(isUp: true))
                for address in addresses {
                    batch.address(.add, InterfaceAddress(address, skipsDAD: true), on: link)
                }
                for family in Set(addresses.map(\.family)) {
                    batch.route(.add, Route(.everything(family)), through: link)
                }
            }
        } catch {
            throw FabricError("", .netlink(error))
        }
    }
}
