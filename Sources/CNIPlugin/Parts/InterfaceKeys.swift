// SPDX-License-Identifier: Apache-2.0

/// What the keys that several interface plugins have in common may be.
///
/// Asked where a configuration is validated, not where it is read: a DEL has to work with a value that no ADD would take.
package enum InterfaceKeys {
    /// Reads `mtu` in bytes; nil for none and for 0, which leave it to the kernel.
    package static func mtu(_ keys: JSONCursor) throws(CNIError) -> UInt32? {
        let mtu: UInt32 = try keys["mtu"].integer() ?? 0
        return mtu == 0 ? nil : mtu
    }

    /// Refuses a name that no link can have.
    package static func requireName(_ name: String, at key: String) throws(CNIError) {
        if let name = try? InterfaceName(name), !name.isPattern { return }
        throw CNIError(
            .invalidConfiguration, at: JSONPath().member(key), "\"\(name)\" is not an interface name")
    }

    /// Refuses a backend for masquerading that the reference plugins do not have.
    package static func requireMasqueradeBackend(_ backend: String) throws(CNIError) {
        if ["", "iptables", "nftables"].contains(backend) { return }
        throw CNIError(
            .invalidConfiguration, at: "ipMasqBackend", "unknown ipmasq backend \"\(backend)\"",
            details: "ipMasqBackend")
    }

    /// Refuses an address that no interface can have.
    package static func requireMAC(_ macs: [MACAddress]) throws(CNIError) {
        for mac in macs where mac.isMulticast {
            throw CNIError(.invalidConfiguration, at: "mac", "\(mac) is a group address")
        }
    }

    /// What `mtu` will not work out.
    package static func adviceOnMTU(of network: NetworkConfiguration, on link: String = "a veth")
        -> [CNIError]
    {
        guard let mtu = network.raw["mtu"]?.int, mtu != 0 else { return [] }
        func warn(_ reason: String) -> [CNIError] {
            [CNIError(.invalidConfiguration, at: "mtu", "\(mtu) is \(reason)")]
        }
        // ETH_MAX_MTU, and what IPv4 (RFC 791) and IPv6 (RFC 8200) ask of every link.
        if mtu > 65535 { return warn("more than \(link) can have, 65535") }
        if mtu < 68 { return warn("less than IPv4 needs, 68") }
        return mtu < 1280 ? warn("less than IPv6 needs, 1280") : []
    }
}
