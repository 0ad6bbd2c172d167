// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A node's part of the cluster's network, as the node publishes it for the others.
public struct Lease: Hashable, Sendable {
    /// The end of a node's tunnel.
    public struct Tunnel: Hashable, Sendable {
        /// The VXLAN network identifier.
        public var vni: UInt32
        /// The MAC address of the node's device.
        public var mac: MACAddress

        /// Creates the end of a tunnel.
        public init(vni: UInt32, mac: MACAddress) {
            self.vni = vni
            self.mac = mac
        }
    }

    /// What a node has of a family.
    public struct Part: Hashable, Sendable {
        /// Its containers' network.
        public var subnet: IPPrefix
        /// Where the other nodes reach it.
        public var publicIP: IPAddress
        /// The end of its tunnel; nil for a backend without.
        public var tunnel: Tunnel?

        /// Creates a part.
        public init(subnet: IPPrefix, publicIP: IPAddress, tunnel: Tunnel? = nil) {
            self.subnet = subnet.network
            self.publicIP = publicIP
            self.tunnel = tunnel
        }

        /// The address of the node's device, which stands for the node as a gateway: the subnet's first.
        public var gateway: IPAddress { subnet.first }
    }

    /// What the node has of IPv4.
    public var v4: Part?
    /// What the node has of IPv6.
    public var v6: Part?
    /// The `Type` of the node's backend.
    public var backendType: String

    /// Creates a lease.
    public init(v4: Part? = nil, v6: Part? = nil, backendType: String) {
        self.v4 = v4
        self.v6 = v6
        self.backendType = backendType
    }

    /// What the node has of a family.
    public subscript(family: IPAddress.Family) -> Part? { family == .v4 ? v4 : v6 }

    /// The name under which etcd has it.
    public var key: SubnetKey { SubnetKey(v4: v4?.subnet, v6: v6?.subnet) }
}
