// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// The addresses of a family that the cluster has, and how nodes get their parts of them.
public struct AddressPool: Hashable, Sendable {
    /// The whole cluster's network.
    public let network: IPPrefix
    /// The prefix length of a node's subnet.
    public let subnetLength: Int
    /// The first address of the first subnet to hand out.
    public let subnetMin: IPAddress
    /// The first address of the last subnet to hand out.
    public let subnetMax: IPAddress

    init(network: IPPrefix, subnetLength: Int, subnetMin: IPAddress, subnetMax: IPAddress) {
        self.network = network
        self.subnetLength = subnetLength
        self.subnetMin = subnetMin
        self.subnetMax = subnetMax
    }

    /// The number of subnets to hand out; at most `Int.max`.
    public var subnetCount: Int {
        Int(clamping: (subnetMax.bits - subnetMin.bits) >> UInt128(hostBits) + 1)
    }

    /// The subnet of a number from 0 to below ``subnetCount``; nil for another one.
    public func subnet(_ number: Int) -> IPPrefix? {
        guard number >= 0, number < subnetCount else { return nil }
        let first = IPAddress(network.family, bits: subnetMin.bits + UInt128(number) << UInt128(hostBits))
        return IPPrefix(first, length: subnetLength)
    }

    /// Whether a subnet is one that could have been handed out.
    public func canHold(_ subnet: IPPrefix) -> Bool {
        subnet.family == network.family && subnet.length == subnetLength && subnet.isNetwork
            && subnetMin <= subnet.first && subnet.first <= subnetMax
    }

    private var hostBits: Int { network.family.bitWidth - subnetLength }
}
