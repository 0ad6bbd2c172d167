// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import Netlink

extension NetworkState {
    /// Gives an attachment's link on the host an IPv6 link-local address, without which the kernel asks for no neighbour
    /// there (ndisc_send_ns()).
    ///
    /// One that the kernel makes itself is there only when the link has a carrier, and is checked for duplicates first.
    public mutating func add(linkLocal address: IPAddress, to link: String) {
        add(
            settings: [
                Sysctl("ipv6", "disable_ipv6", of: link, "0"), Sysctl("ipv6", "accept_ra", of: link, "0"),
                Sysctl("ipv6", "keep_addr_on_down", of: link, "1"),
            ], in: .host)
        guard let prefix = IPPrefix(address, length: 64) else { return }
        add(addresses: [InterfaceAddress(prefix, skipsDAD: true)], to: link, in: .host)
    }
}
