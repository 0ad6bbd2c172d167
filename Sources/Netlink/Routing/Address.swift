// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

/// An address on a link, as `ip address`.
public struct InterfaceAddress: Hashable, Sendable {
    /// The address with the length of the network it is in.
    public var prefix: IPPrefix
    /// The other side's address, on a point-to-point link.
    public var peer: IPAddress?
    /// The address that reaches all of the network (IPv4); the network's last unless it has only two addresses (RFC 3021).
    public var broadcast: IPAddress?
    /// Whether duplicate address detection is skipped (IFA_F_NODAD; IPv6).
    public var skipsDAD: Bool
    /// Whether the kernel makes no route to the network (IFA_F_NOPREFIXROUTE).
    public var skipsPrefixRoute = false
    /// Whether the address cannot be used yet: duplicate address detection is under way (IFA_F_TENTATIVE).
    public var isTentative: Bool
    /// Whether duplicate address detection found another host with the address (IFA_F_DADFAILED).
    public var isDuplicate: Bool
    /// How far it reaches.
    public var scope: Scope
    /// The metric of the route to the network (Linux 4.18); nil leaves it to the kernel.
    public var metric: UInt32?
    /// Who made the address (Linux 5.18).
    public var `protocol` = RoutingProtocol.unspecified
    /// The other IFA_F_… flags.
    public var otherFlags: UInt32 = 0
    /// How long the address lives and how long it is preferred, in seconds; nil for ever.
    public var lifetime: Lifetime?
    /// The label (IPv4), if it is not just the link's name: one with a colon.
    public var label: String?
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// How long an address may be used.
    public struct Lifetime: Hashable, Sendable {
        /// How long it lives, in seconds.
        public var valid: UInt32
        /// How long new connections use it, in seconds.
        public var preferred: UInt32

        /// Creates a lifetime.
        public init(valid: UInt32, preferred: UInt32) {
            self.valid = valid
            self.preferred = preferred
        }
    }

    /// Creates an address of global scope.
    public init(_ prefix: IPPrefix, skipsDAD: Bool = false) {
        self.prefix = prefix
        self.skipsDAD = skipsDAD
        isTentative = false
        isDuplicate = false
        scope = prefix.address.isLinkLocal && prefix.family == .v6 ? .link : .global
        if prefix.family == .v4, prefix.length < 31 { broadcast = prefix.last }
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
    ///
    /// - Parameter name: The link's name, for errors.
    public mutating func address(
        _ verb: Verb, _ address: InterfaceAddress, on index: UInt32, named name: String? = nil
    ) {
        append(
            "address \(verb) \(address.prefix) \(device(index, name))",
            type: verb == .delete ? Int(RTM_DELADDR) : Int(RTM_NEWADDR), flags: verb.flags
        ) { address.encode(into: &$0, verb, index) }
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
