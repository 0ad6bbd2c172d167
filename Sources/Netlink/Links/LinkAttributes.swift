// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

/// The settings that links of every kind have.
///
/// In a request nil leaves a setting alone.
public struct LinkAttributes: Hashable, Sendable {
    /// How the kernel makes a link's IPv6 link-local address (IFLA_INET6_ADDR_GEN_MODE).
    public enum IPv6AddressGeneration: UInt8, Hashable, Sendable {
        /// From the MAC address.
        case eui64 = 0
        /// Not at all.
        case none = 1
        /// From a secret (RFC 7217).
        case stablePrivacy = 2
        /// From a secret that the kernel makes up.
        case random = 3
    }

    /// The MTU in bytes, without the link-layer header.
    public var mtu: UInt32?
    /// The link-layer address.
    public var mac: MACAddress?
    /// Whether the link is administratively up.
    public var isUp: Bool?
    /// A free text of up to 255 bytes (`ip link set alias`); where our owners' keys are.
    public var alias: String?
    /// The length of the transmit queue in packets.
    public var transmitQueueLength: UInt32?
    /// Whether the link takes every packet (`ip link set promisc on`).
    public var isPromiscuous: Bool?
    /// Whether the link takes every multicast packet.
    public var isAllMulticast: Bool?
    /// How the link gets its link-local address.
    public var ipv6AddressGeneration: IPv6AddressGeneration?
    /// Whether the kernel announces the link's IPv4 addresses when it comes up or changes its MAC address
    /// (the sysctl arp_notify of the interface).
    public var announcesIPv4: Bool?

    /// Creates settings that leave everything alone.
    public init(mtu: UInt32? = nil, mac: MACAddress? = nil, isUp: Bool? = nil, alias: String? = nil) {
        self.mtu = mtu
        self.mac = mac
        self.isUp = isUp
        self.alias = alias
    }

    /// The flags to change in a link header and their new values.
    var flags: (mask: UInt32, value: UInt32) {
        var flags: (mask: UInt32, value: UInt32) = (0, 0)
        func set(_ isOn: Bool?, _ bit: UInt32) {
            guard let isOn else { return }
            flags.mask |= bit
            if isOn { flags.value |= bit }
        }
        set(isUp, UInt32(IFF_UP))
        set(isPromiscuous, UInt32(IFF_PROMISC))
        set(isAllMulticast, UInt32(IFF_ALLMULTI))
        return flags
    }

    /// Appends what a link can be created with (rtnl_create_link() in the kernel).
    func encodeForCreation(into request: inout NetlinkRequest) {
        if let mtu { request.attribute(Int(IFLA_MTU), mtu) }
        if let mac { request.attribute(Int(IFLA_ADDRESS), bytes: mac.bytes) }
        if let transmitQueueLength { request.attribute(Int(IFLA_TXQLEN), transmitQueueLength) }
    }

    /// Whether there is something that the kernel takes only for a link that exists.
    var needsSecondRequest: Bool {
        alias != nil || ipv6AddressGeneration != nil || announcesIPv4 != nil
    }

    /// Whether a link would come up before it has its mode of IPv6 addresses, and so get a link-local address: of one request
    /// the kernel takes the flags first (do_setlink()).
    var comesUpWithMode: Bool { ipv6AddressGeneration != nil && isUp == true }

    /// Appends what an existing link can be set to (do_setlink() in the kernel).
    func encode(into request: inout NetlinkRequest) {
        encodeForCreation(into: &request)
        if let alias { request.attribute(Int(IFLA_IFALIAS), alias) }
        guard ipv6AddressGeneration != nil || announcesIPv4 != nil else { return }
        request.nest(Int(IFLA_AF_SPEC)) { request in
            if let announcesIPv4 {
                request.nest(Int(AF_INET)) { request in
                    request.nest(Int(IFLA_INET_CONF)) {
                        $0.attribute(Int(IPV4_DEVCONF_ARP_NOTIFY), UInt32(announcesIPv4 ? 1 : 0))
                    }
                }
            }
            if let ipv6AddressGeneration {
                request.nest(Int(AF_INET6)) {
                    $0.attribute(Int(IFLA_INET6_ADDR_GEN_MODE), ipv6AddressGeneration.rawValue)
                }
            }
        }
    }

    init(_ attributes: Attributes, flags: UInt32) throws(MalformedMessage) {
        mtu = try attributes.number(Int(IFLA_MTU))
        mac = attributes.mac(Int(IFLA_ADDRESS))
        isUp = flags & UInt32(IFF_UP) != 0
        alias = attributes.string(Int(IFLA_IFALIAS))
        transmitQueueLength = try attributes.number(Int(IFLA_TXQLEN))
        isPromiscuous = flags & UInt32(IFF_PROMISC) != 0
        isAllMulticast = flags & UInt32(IFF_ALLMULTI) != 0
        let families = try attributes.nest(Int(IFLA_AF_SPEC))
        ipv6AddressGeneration = try families.nest(Int(AF_INET6))
            .number(Int(IFLA_INET6_ADDR_GEN_MODE), UInt8.self).flatMap(IPv6AddressGeneration.init)
        // An array of 32-bit numbers, of which the first has number 1 (inet_fill_link_af() in the kernel).
        let settings = try families.nest(Int(AF_INET))[Int(IFLA_INET_CONF)]
        let start = (Int(IPV4_DEVCONF_ARP_NOTIFY) - 1) * 4
        announcesIPv4 = settings.flatMap {
            $0.count >= start + 4 ? $0.dropFirst(start).load(UInt32.self) != 0 : nil
        }
    }
}
