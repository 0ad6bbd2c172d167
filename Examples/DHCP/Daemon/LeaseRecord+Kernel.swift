// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes
internal import DHCPClient
internal import LinuxCore
internal import Namespaces
internal import Netlink

extension LeaseRecord.Place {
    /// Looks for an interface, and has it up: nothing is sent over one that is down.
    ///
    /// - Returns: Where it is, and its MAC address.
    static func find(
        _ interface: InterfaceName, at path: String, needsIPv6: Bool
    ) throws(CNIError) -> (LeaseRecord.Place, MACAddress) {
        let namespace = try namespace(at: path)
        // What is made of IPv6 before it is set up has a link-local address: the plugin that calls does the same later, for each
        // interface with an address of IPv6.
        if needsIPv6 { try enableIPv6(of: interface, in: namespace, at: path) }
        let found: Link?
        do throws(NetlinkError) {
            let kernel = try RoutingSocket(in: namespace)
            found = try kernel.link(.name(interface.rawValue))
            if let found, found.attributes.isUp != true {
                try kernel.perform { $0.setLink(.index(found.index), LinkAttributes(isUp: true)) }
            }
        } catch {
            throw CNIError(.ioFailure, "cannot look at \(interface) in \(path)", details: error.description)
        }
        guard let found, let mac = found.attributes.mac else {
            throw CNIError(
                .invalidEnvironment,
                "there is no interface \(interface) with a MAC address in \(path) to ask for a lease over",
                details: "dhcp is for plugins that make the interface before they ask for addresses")
        }
        let identity: NetworkNamespace.Identity
        do throws(NamespaceError) {
            identity = try namespace.identity
        } catch {
            throw CNIError(.ioFailure, "the dhcp daemon cannot look at \(path)", details: error.description)
        }
        let place = Self(path: path, device: identity.device, inode: identity.inode, link: found.index)
        return (place, mac)
    }

    private static func enableIPv6(
        of interface: InterfaceName, in namespace: borrowing NetworkNamespace, at path: String
    ) throws(CNIError) {
        let setting = "/proc/sys/net/ipv6/conf/\(interface)/disable_ipv6"
        do throws(NamespaceError) {
            try namespace.open { () throws(NamespaceError) in
                do throws(SystemError) {
                    if try File.read(setting).first == UInt8(ascii: "1") {
                        try File.write("0", into: setting)
                    }
                } catch {
                    throw .system(error)
                }
            }
        } catch {
            throw CNIError(
                .ioFailure, "\(interface) in \(path) cannot have IPv6", details: error.description)
        }
    }

    private static func namespace(at path: String) throws(CNIError) -> NetworkNamespace {
        do throws(NamespaceError) {
            return try NetworkNamespace(path: path)
        } catch {
            throw CNIError(
                error.meansAbsence ? .invalidNetworkNamespace : .ioFailure,
                "the dhcp daemon cannot open \(path)", details: error.description)
        }
    }

    /// Opens the namespace if it is still the same one.
    func open() throws(NamespaceError) -> NetworkNamespace {
        let namespace = try NetworkNamespace(path: path)
        let identity = try namespace.identity
        guard identity.device == device, identity.inode == inode else { throw .gone(path: path) }
        return namespace
    }

    /// Whether the namespace is another one by now, or gone.
    var isGone: Bool {
        do throws(NamespaceError) {
            _ = try open()
            return false
        } catch {
            return error.meansAbsence
        }
    }

    /// Whether the interface is in the namespace.
    func hasLink(in namespace: borrowing NetworkNamespace) throws(NetlinkError) -> Bool {
        try RoutingSocket(in: namespace).link(.index(link)) != nil
    }

    /// The interface's MTU in bytes; nil if it cannot be read.
    var linkMTU: UInt32? { try? kernel().link(.index(link))?.attributes.mtu }

    /// Takes an address away whose lease is over; with it the kernel takes its routes.
    func withdraw(_ address: IPPrefix) throws(NetlinkError) {
        do throws(NetlinkError) {
            try kernel().perform { $0.address(.delete, InterfaceAddress(address), on: link) }
        } catch  where error.meansAbsence {
        }
    }

    /// Puts an address that was taken away back, with the routes of its lease.
    func restore(_ result: CNIResult) throws(NetlinkError) {
        var batch = Batch()
        for address in result.ips { batch.address(.replace, InterfaceAddress(address.address), on: link) }
        for entry in result.routes {
            var route = Route(entry.destination, via: entry.gateway)
            route.priority = entry.priority
            route.mtu = entry.mtu
            route.scope = entry.scope.map { Scope(rawValue: $0) }
            batch.route(.replace, route, through: link)
        }
        for failure in try kernel().perform(batch) {
            if let failure { throw failure }
        }
    }

    private func kernel() throws(NetlinkError) -> RoutingSocket {
        do throws(NamespaceError) {
            let namespace = try open()
            do throws(NetlinkError) {
                return try RoutingSocket(in: namespace)
            } catch {
                throw .system(SystemError(operation: error.operation, errno: error.errno))
            }
        } catch {
            throw NetlinkError(error)
        }
    }
}
