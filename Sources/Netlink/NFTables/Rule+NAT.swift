// SPDX-License-Identifier: Apache-2.0

public import Addressing

// Changes of addresses and ports, in the words of nft(8). What names a port needs `l4proto(_:)` or the like before it.
extension NFTables.Rule {
    /// `dnat ip to 10.1.0.2`, or with a port `dnat ip to 10.1.0.2:80`.
    public func dnat(
        to address: IPAddress, port: UInt16? = nil, flags: NFTables.NATFlags = []
    ) -> NFTables.Rule {
        nat(.destination, IPPrefix(host: address).range, port.map { $0...$0 }, flags)
    }

    /// `snat ip to 192.0.2.1`, or with a port `snat ip to 192.0.2.1:80`.
    public func snat(
        to address: IPAddress, port: UInt16? = nil, flags: NFTables.NATFlags = []
    ) -> NFTables.Rule {
        nat(.source, IPPrefix(host: address).range, port.map { $0...$0 }, flags)
    }

    /// `dnat ip to 10.1.0.2-10.1.0.9`, or with ports `dnat ip to 10.1.0.2-10.1.0.9:8000-8099`.
    public func dnat(
        to addresses: IPRange, ports: ClosedRange<UInt16>? = nil,
        flags: NFTables.NATFlags = []
    ) -> NFTables.Rule {
        nat(.destination, addresses, ports, flags)
    }

    /// `snat ip to 192.0.2.1-192.0.2.9`, or with ports `snat ip to 192.0.2.1-192.0.2.9:1024-2047`.
    public func snat(
        to addresses: IPRange, ports: ClosedRange<UInt16>? = nil,
        flags: NFTables.NATFlags = []
    ) -> NFTables.Rule {
        nat(.source, addresses, ports, flags)
    }

    /// `dnat ip to meta l4proto . th dport map @ports`, where the map's value is an address and a port.
    public func dnat(
        _ family: IPAddress.Family, toAddressAndPortOf selectors: [NFTables.Selector], in map: String,
        flags: NFTables.NATFlags = []
    ) -> NFTables.Rule {
        nat(.destination, family, selectors, map, hasPort: true, flags)
    }

    /// `dnat ip to ip daddr map @services`, where the map's value is an address.
    public func dnat(
        _ family: IPAddress.Family, toAddressOf selectors: [NFTables.Selector], in map: String,
        flags: NFTables.NATFlags = []
    ) -> NFTables.Rule {
        nat(.destination, family, selectors, map, hasPort: false, flags)
    }

    /// `snat ip to ip saddr map @egress`, where the map's value is an address.
    public func snat(
        _ family: IPAddress.Family, toAddressOf selectors: [NFTables.Selector], in map: String,
        flags: NFTables.NATFlags = []
    ) -> NFTables.Rule {
        nat(.source, family, selectors, map, hasPort: false, flags)
    }

    /// `snat ip to ip saddr . th sport map @egress`, where the map's value is an address and a port.
    public func snat(
        _ family: IPAddress.Family, toAddressAndPortOf selectors: [NFTables.Selector], in map: String,
        flags: NFTables.NATFlags = []
    ) -> NFTables.Rule {
        nat(.source, family, selectors, map, hasPort: true, flags)
    }

    private func nat(
        _ kind: NFTables.NAT.Kind, _ family: IPAddress.Family, _ selectors: [NFTables.Selector],
        _ map: String, hasPort: Bool, _ flags: NFTables.NATFlags
    ) -> NFTables.Rule {
        let address = NFTables.Register.r0
        var nat = NFTables.NAT(
            kind, family, address: address, port: hasPort ? address.after(family.bitWidth / 8) : nil)
        nat.flags = flags
        return loading(selectors).then(.map(map, into: address), .nat(nat))
    }

    /// Constants in one register of 16 bytes each, as nft(8) has them.
    private func nat(
        _ kind: NFTables.NAT.Kind, _ addresses: IPRange, _ ports: ClosedRange<UInt16>?,
        _ flags: NFTables.NATFlags
    ) -> NFTables.Rule {
        var rule = self
        var free: [NFTables.Register] = [.r12, .r8, .r4, .r0]
        /// The register that holds a constant; four are enough for all that there can be.
        func register(_ value: NFTables.Value) -> NFTables.Register? {
            guard let register = free.popLast() else { return nil }
            rule = rule.then(.immediate(value.bytes, into: register))
            return register
        }
        var nat = NFTables.NAT(kind, addresses.first.family, address: register(.address(addresses.first)))
        if addresses.last != addresses.first {
            nat.lastAddress = register(.address(addresses.last))
        }
        if let ports {
            nat.port = register(.service(ports.lowerBound))
            if ports.upperBound != ports.lowerBound { nat.lastPort = register(.service(ports.upperBound)) }
        }
        nat.flags = flags
        return rule.then(.nat(nat))
    }
}
