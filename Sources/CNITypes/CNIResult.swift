// SPDX-License-Identifier: Apache-2.0

/// What an ADD made: the result of a plugin or of a chain of them.
///
/// One type for every version of the specification; ``json(version:)`` and ``init(json:version:)`` know
/// the formats. CNI specification 1.1.0, section 5, "ADD Success".
public struct CNIResult: Hashable, Sendable {
    /// The interfaces, in the container and on the host; empty in the results of IPAM plugins.
    public var interfaces: [Interface]
    /// The addresses.
    public var ips: [IPConfiguration]
    /// The routes.
    public var routes: [Route]
    /// Name resolution.
    public var dns: DNS

    /// Creates a result.
    public init(
        interfaces: [Interface] = [], ips: [IPConfiguration] = [], routes: [Route] = [], dns: DNS = DNS()
    ) {
        self.interfaces = interfaces
        self.ips = ips
        self.routes = routes
        self.dns = dns
    }

    /// A network interface.
    public struct Interface: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The hardware address, if there is one.
        public var mac: String?
        /// The MTU in bytes (since 1.1.0).
        public var mtu: UInt32?
        /// The path of the container's network namespace, or a hypervisor's identifier; nil on the host.
        public var sandbox: String?
        /// The path of the socket that stands for the interface, such as vhost-user's (since 1.1.0).
        public var socketPath: String?
        /// The identifier of the PCI device (since 1.1.0).
        public var pciID: String?

        /// Creates an interface.
        public init(
            name: String, mac: String? = nil, mtu: UInt32? = nil, sandbox: String? = nil,
            socketPath: String? = nil, pciID: String? = nil
        ) {
            self.name = name
            self.mac = mac
            self.mtu = mtu
            self.sandbox = sandbox
            self.socketPath = socketPath
            self.pciID = pciID
        }
    }

    /// An address of an interface.
    public struct IPConfiguration: Hashable, Sendable {
        /// The address, with the prefix length of its subnet.
        public var address: IPPrefix
        /// The subnet's gateway, if it has one; no route follows from it.
        public var gateway: IPAddress?
        /// The index of the interface in ``CNIResult/interfaces``, as it was read: it may be out of bounds.
        public var interface: Int?

        /// Creates an address.
        public init(address: IPPrefix, gateway: IPAddress? = nil, interface: Int? = nil) {
            self.address = address
            self.gateway = gateway
            self.interface = interface
        }
    }

    /// A route in the container.
    public struct Route: Hashable, Sendable {
        /// The destination.
        public var destination: IPPrefix
        /// The next hop; nil leaves the choice to the plugin, which takes the subnet's gateway.
        public var gateway: IPAddress?
        /// The MTU along the route in bytes (since 1.1.0).
        public var mtu: UInt32?
        /// The maximal segment size to announce to TCP peers, in bytes (since 1.1.0).
        public var advmss: UInt32?
        /// The priority, of which lower values are preferred (since 1.1.0).
        public var priority: UInt32?
        /// The routing table (since 1.1.0).
        public var table: UInt32?
        /// The scope, as in `rtnetlink(7)` (since 1.1.0): 0 is global, 253 is link.
        public var scope: UInt8?

        /// Creates a route.
        public init(
            destination: IPPrefix, gateway: IPAddress? = nil, mtu: UInt32? = nil, advmss: UInt32? = nil,
            priority: UInt32? = nil, table: UInt32? = nil, scope: UInt8? = nil
        ) {
            self.destination = destination
            self.gateway = gateway
            self.mtu = mtu
            self.advmss = advmss
            self.priority = priority
            self.table = table
            self.scope = scope
        }
    }
}
