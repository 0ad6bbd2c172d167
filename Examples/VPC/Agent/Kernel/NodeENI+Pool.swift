// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import Addressing
internal import VPCNetwork

extension NodeENI {
    /// Describes an ENI of the pool, with its interface's name.
    init(_ eni: ENI, link: String) {
        func part(_ address: IPAddress?, _ subnet: IPPrefix?) -> NodeENI.Part? {
            guard let address, let subnet, let gateway = Self.gateway(of: subnet) else { return nil }
            return NodeENI.Part(primaryAddress: address, subnet: subnet.network, gateway: gateway)
        }
        self.init(
            mac: eni.mac, link: link, deviceIndex: eni.deviceIndex, networkCard: eni.networkCard,
            isPrimary: eni.isPrimary, v4: part(eni.primaryAddress, eni.subnetPrefix),
            // An ENI with a /80 alone has no IPv6 address of its own: the prefix's first one stands for it.
            v6: part(
                eni.primaryIPv6Address ?? eni.blocks.first { $0.prefix.family == .v6 }?.prefix.first,
                eni.subnetIPv6Prefix))
    }

    /// The subnet's router: of IPv4 the first address after the network's own, of IPv6 the same for every subnet.
    static func gateway(of subnet: IPPrefix) -> IPAddress? {
        subnet.family == .v4 ? subnet.first.advanced(by: 1) : IPAddress("fe80:ec2::1")
    }
}
