// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

/// An address on a link, as `ip address`.
public struct InterfaceAddress: Hashable, Sendable {
    /// The address with the length of the network it is in.
    public var prefix: IPPrefix
    /// Whether the kernel is told not to look for the address's duplicate before use (IFA_F_NODAD; IPv6).
    public var skipsDuplicateDetection: Bool
    /// Whether the address may not be used yet, because its duplicate is being looked for (IFA_F_TENTATIVE).
    public var isTentative: Bool
    /// Whether another host has the address (IFA_F_DADFAILED).
    public var isDuplicate: Bool
    /// The scope: 0 global, 253 link, 254 host.
    public var scope: UInt8
    /// Who made the address (IFA_PROTO: 0 nobody in particular, 1 to 3 the kernel); Linux 5.18, before it always 0.
    public var origin: UInt8 = 0

    /// Creates an address of global scope.
    public init(_ prefix: IPPrefix, skipsDuplicateDetection: Bool = false) {
        self.prefix = prefix
        self.skipsDuplicateDetection = skipsDuplicateDetection
        isTentative = false
        isDuplicate = false
        scope = prefix.address.isLinkLocal && prefix.family == .v6 ? UInt8(RT_SCOPE_LINK.rawValue) : 0
    }

    /// Decodes an RTM_NEWADDR message into the link's index and the address.
    static func decode(
        _ message: Message
    ) throws(MalformedMessage) -> (index: UInt32, address: InterfaceAddress)? {
        guard message.type == Int(RTM_NEWADDR) else { return nil }
        let header = try message.payload.header(ifaddrmsg.self)
        let all = try Attributes(message.payload.after(ifaddrmsg.self))
        // On a point-to-point link IFA_ADDRESS is the other side's.
        guard let bytes = all[Int(IFA_LOCAL)] ?? all[Int(IFA_ADDRESS)],
            let local = IPAddress(bytes: bytes),
            let prefix = IPPrefix(local, length: Int(header.ifa_prefixlen))
        else { throw MalformedMessage("address without a value") }
        let flags = all.number(Int(IFA_FLAGS), UInt32.self) ?? UInt32(header.ifa_flags)
        var address = InterfaceAddress(
            prefix, skipsDuplicateDetection: flags & UInt32(IFA_F_NODAD) != 0)
        address.isTentative = flags & UInt32(IFA_F_TENTATIVE) != 0
        address.isDuplicate = flags & UInt32(IFA_F_DADFAILED) != 0
        address.scope = header.ifa_scope
        address.origin = all.number(Int(IFA_PROTO)) ?? 0
        return (header.ifa_index, address)
    }
}

extension IPAddress.Family {
    /// AF_INET or AF_INET6.
    var number: UInt8 { self == .v4 ? UInt8(AF_INET) : UInt8(AF_INET6) }

    init?(number: UInt8) {
        switch CInt(number) {
        case AF_INET: self = .v4
        case AF_INET6: self = .v6
        default: return nil
        }
    }
}

extension Batch {
    /// Adds, replaces or deletes an address on a link.
    ///
    /// As `ip address add PREFIX dev LINK [nodad]`.
    public mutating func address(_ verb: Verb, _ address: InterfaceAddress, on index: UInt32) {
        let prefix = address.prefix
        append(
            "address \(verb) \(prefix) dev index \(index)",
            type: verb == .delete ? Int(RTM_DELADDR) : Int(RTM_NEWADDR), flags: verb.flags
        ) { request in
            let flags = address.skipsDuplicateDetection ? UInt32(IFA_F_NODAD) : 0
            request.header(
                ifaddrmsg(
                    ifa_family: prefix.family.number, ifa_prefixlen: UInt8(prefix.length),
                    ifa_flags: UInt8(truncatingIfNeeded: flags), ifa_scope: address.scope, ifa_index: index))
            request.attribute(Int(IFA_LOCAL), bytes: prefix.address.bytes)
            request.attribute(Int(IFA_ADDRESS), bytes: prefix.address.bytes)
            if verb != .delete, address.origin != 0 { request.attribute(Int(IFA_PROTO), address.origin) }
            // A network of two addresses has no broadcast address (RFC 3021).
            if verb != .delete, prefix.family == .v4, prefix.length < 31 {
                request.attribute(Int(IFA_BROADCAST), bytes: prefix.last.bytes)
            }
        }
    }
}

extension RoutingSocket {
    /// The addresses on a link, or on all, with the links' indices.
    ///
    /// As `ip address show [dev LINK]`.
    public func addresses(
        on index: UInt32? = nil
    ) throws(NetlinkError) -> [(index: UInt32, address: InterfaceAddress)] {
        let messages = try socket.dump("address show", type: Int(RTM_GETADDR)) { request in
            // The kernel filters by index where NETLINK_GET_STRICT_CHK is on (Linux 4.20).
            request.header(
                ifaddrmsg(ifa_family: 0, ifa_prefixlen: 0, ifa_flags: 0, ifa_scope: 0, ifa_index: index ?? 0))
        }
        return try NetlinkSocket.decode("address show", messages, InterfaceAddress.decode)
            .filter { index == nil || $0.index == index }
    }
}
