// SPDX-License-Identifier: Apache-2.0

internal import NetworkState

/// What the kernel has to do with IPv6 on a container's interface (Documentation/networking/ip-sysctl).
enum IPv6Settings {
    /// The settings, which count from the moment the interface comes up.
    static func container(_ interface: String, detectsDuplicates: Bool) -> [Sysctl] {
        [
            Sysctl("ipv6", "disable_ipv6", of: "lo", "0"),
            Sysctl("ipv6", "disable_ipv6", of: interface, "0"),
            // Addresses stay when the interface goes down for a moment, as those of IPv4 do.
            Sysctl("ipv6", "keep_addr_on_down", of: interface, "1"),
            Sysctl("ipv6", "accept_dad", of: interface, detectsDuplicates ? "1" : "0"),
            // Neighbours hear of a new address at once, as with arp_notify.
            Sysctl("ipv6", "ndisc_notify", of: interface, "1"),
        ]
    }
}
