// SPDX-License-Identifier: Apache-2.0

public import Addressing

extension PodAttachment {
    /// The address by which a pod with a veth pair reaches everything: on no other link, and the same for all pods, so
    /// that the pod needs to know only its MAC address.
    public static func linkLocalGateway(_ family: IPAddress.Family) -> IPAddress {
        // 169.254.1.1 and fe80::1
        family == .v4
            ? IPAddress(.v4, bits: 0xa9fe_0101) : IPAddress(.v6, bits: 0xfe80 << 112 | 1)
    }

    /// What the pod's interface has: each address with the length of what is on its link, and the gateway.
    public var interfaceAddresses: [(address: IPPrefix, gateway: IPAddress)] {
        addresses.compactMap { pod in
            let family = pod.address.family
            guard mode == .exclusive else {
                return (IPPrefix(host: pod.address), Self.linkLocalGateway(family))
            }
            return IPPrefix(pod.address, length: pod.eni.subnet.length).map { ($0, pod.eni.gateway) }
        }
    }
}
