// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// The interface by which a node reaches the others, as it was found.
public struct Underlay: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its number.
    public var index: UInt32
    /// The MTU in bytes.
    public var mtu: UInt32
    /// The IPv4 address that packets to other nodes are sent from.
    public var v4: IPAddress?
    /// The IPv6 address that packets to other nodes are sent from.
    public var v6: IPAddress?
    /// The networks that are on the interface itself, without a gateway.
    public var onLink: [IPPrefix]

    /// Creates a description.
    public init(
        name: String, index: UInt32, mtu: UInt32, v4: IPAddress? = nil, v6: IPAddress? = nil,
        onLink: [IPPrefix] = []
    ) {
        self.name = name
        self.index = index
        self.mtu = mtu
        self.v4 = v4
        self.v6 = v6
        self.onLink = onLink
    }

    /// The address of a family.
    public subscript(family: IPAddress.Family) -> IPAddress? { family == .v4 ? v4 : v6 }

    /// Whether packets get to an address without a gateway.
    public func isOnLink(_ address: IPAddress) -> Bool { onLink.contains { $0.contains(address) } }
}
