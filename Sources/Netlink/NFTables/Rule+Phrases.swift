// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

/// Rules in the words of nft(8): each phrase returns the rule with the phrase's steps at its end.
///
///     Rule(in: postrouting, comment: "pods").saddr(.v4, vmap: "pods4")
///     Rule(in: pod).daddr(network).return()
///     Rule(in: input).iifnameEtherSaddr(in: "allowed").accept()
extension NFTables.Rule {
    /// The rule with more steps at its end.
    public func then(_ expressions: NFTables.Expression...) -> NFTables.Rule { then(expressions) }

    func then(_ expressions: [NFTables.Expression]) -> NFTables.Rule {
        var rule = self
        rule.expressions += expressions
        return rule
    }

    /// `ip saddr 10.1.0.0/24`, or with `isNot` `ip saddr != 10.1.0.0/24`; `ip6` for IPv6.
    public func saddr(_ prefix: IPPrefix, isNot: Bool = false) -> NFTables.Rule {
        match(.saddr(prefix.family), prefix, isNot: isNot)
    }

    /// `ip daddr 10.1.0.0/24`, or with `isNot` `ip daddr != 10.1.0.0/24`; `ip6` for IPv6.
    public func daddr(_ prefix: IPPrefix, isNot: Bool = false) -> NFTables.Rule {
        match(.daddr(prefix.family), prefix, isNot: isNot)
    }

    /// `ip saddr @pods`, or with `isNot` `ip saddr != @pods`.
    public func saddr(_ family: IPAddress.Family, in set: String, isNot: Bool = false) -> NFTables.Rule {
        match([.saddr(family)], in: set, isNot: isNot)
    }

    /// `ip daddr @pods`, or with `isNot` `ip daddr != @pods`.
    public func daddr(_ family: IPAddress.Family, in set: String, isNot: Bool = false) -> NFTables.Rule {
        match([.daddr(family)], in: set, isNot: isNot)
    }

    /// As `ip saddr vmap @pods4`.
    public func saddr(_ family: IPAddress.Family, vmap map: String) -> NFTables.Rule {
        vmap([.saddr(family)], map)
    }

    /// As `ip daddr vmap @pods4`.
    public func daddr(_ family: IPAddress.Family, vmap map: String) -> NFTables.Rule {
        vmap([.daddr(family)], map)
    }

    /// As `iifname "eth0"`.
    public func iifname(_ name: String, isNot: Bool = false) -> NFTables.Rule {
        match(.iifname, .ifname(name), isNot: isNot)
    }

    /// As `oifname "eth0"`.
    public func oifname(_ name: String, isNot: Bool = false) -> NFTables.Rule {
        match(.oifname, .ifname(name), isNot: isNot)
    }

    /// As `iifname "eth*"`: a link whose name begins so.
    public func iifname(prefix: String) -> NFTables.Rule {
        then(NFTables.Selector.iifname.load(into: .r0), .compare(.r0, .equal, Array(prefix.utf8)))
    }

    /// As `oifname "eth*"`: a link whose name begins so.
    public func oifname(prefix: String) -> NFTables.Rule {
        then(NFTables.Selector.oifname.load(into: .r0), .compare(.r0, .equal, Array(prefix.utf8)))
    }

    /// As `iifname @guarded`.
    public func iifname(in set: String, isNot: Bool = false) -> NFTables.Rule {
        match([.iifname], in: set, isNot: isNot)
    }

    /// As `oifname @guarded`.
    public func oifname(in set: String, isNot: Bool = false) -> NFTables.Rule {
        match([.oifname], in: set, isNot: isNot)
    }

    /// As `iifname . ether saddr @allowed`.
    public func iifnameEtherSaddr(in set: String, isNot: Bool = false) -> NFTables.Rule {
        match([.iifname, .etherSaddr], in: set, isNot: isNot)
    }

    /// As `meta nfproto ipv4`.
    public func nfproto(_ family: IPAddress.Family) -> NFTables.Rule {
        requiring(NFTables.Selector.saddr(family).precondition(in: .inet))
    }

    /// `meta l4proto tcp`, by number.
    public func l4proto(_ number: UInt8) -> NFTables.Rule {
        // It is a precondition of other phrases: once is enough.
        requiring([.meta(.l4proto), .compare(.r0, .equal, [number])])
    }

    /// As `tcp dport 80`.
    public func tcpDport(_ port: UInt16) -> NFTables.Rule {
        l4proto(UInt8(IPPROTO_TCP)).match(.thDport, .service(port))
    }

    /// As `udp dport 53`.
    public func udpDport(_ port: UInt16) -> NFTables.Rule {
        l4proto(UInt8(IPPROTO_UDP)).match(.thDport, .service(port))
    }

    /// `meta mark 0x2000`, or of the bits in a mask only `meta mark & 0x2000 == 0x2000`; with `isNot` `!=`.
    public func mark(_ mark: UInt32, mask: UInt32 = .max, isNot: Bool = false) -> NFTables.Rule {
        then(.meta(.mark)).compareMark(mark, mask, isNot)
    }

    /// `ct mark 0x2000`, or of the bits in a mask only `ct mark & 0x2000 == 0x2000`; with `isNot` `!=`.
    public func ctMark(_ mark: UInt32, mask: UInt32 = .max, isNot: Bool = false) -> NFTables.Rule {
        then(.connection(.mark)).compareMark(mark, mask, isNot)
    }

    private func compareMark(_ mark: UInt32, _ mask: UInt32, _ isNot: Bool) -> NFTables.Rule {
        let rule = mask == .max ? self : masked(NFTables.Value.mark(mask).bytes)
        return rule.then(.compare(.r0, isNot ? .notEqual : .equal, NFTables.Value.mark(mark).bytes))
    }

    /// As `ct state established,related`.
    public func ctState(_ states: NFTables.ConnectionState) -> NFTables.Rule {
        let bits = withUnsafeBytes(of: states.rawValue) { [UInt8]($0) }
        return then(.connection(.state)).masked(bits).then(.compare(.r0, .notEqual, [0, 0, 0, 0]))
    }

    /// As `ct direction original`.
    public func ctDirection(_ direction: NFTables.ConnectionDirection) -> NFTables.Rule {
        then(.connection(.direction), .compare(.r0, .equal, [direction.rawValue]))
    }

    /// As `fib saddr type local`.
    public func fibSaddrType(_ type: NFTables.AddressType) -> NFTables.Rule {
        then(.fib(.sourceType), .compare(.r0, .equal, type.bytes))
    }

    /// As `fib daddr type local`.
    public func fibDaddrType(_ type: NFTables.AddressType) -> NFTables.Rule {
        then(.fib(.destinationType), .compare(.r0, .equal, type.bytes))
    }

    /// The rule with the register's bits outside a mask cleared.
    func masked(_ mask: [UInt8]) -> NFTables.Rule {
        then(.bitwise(.r0, mask: mask, xor: [UInt8](repeating: 0, count: mask.count)))
    }
}
