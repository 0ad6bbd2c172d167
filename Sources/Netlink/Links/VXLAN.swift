// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

/// The settings of a tunnel for Ethernet frames over UDP, as `ip link add type vxlan`.
///
/// In a request nil leaves a setting alone. See RFC 7348.
public struct VXLAN: LinkKindSettings {
    /// The VXLAN network identifier (VNI), below 2^24.
    public var identifier: UInt32?
    /// The UDP port of the other sides, 4789 by RFC 7348; the kernel's own default is 8472.
    public var port: UInt16?
    /// The address that packets are sent from.
    public var local: IPAddress?
    /// Where frames to unknown addresses go: a multicast group, or one other side.
    public var remote: IPAddress?
    /// The index of the link that packets leave by.
    public var link: UInt32?
    /// Whether the tunnel learns which side an address is behind.
    public var learning: Bool?

    static let kind = "vxlan"

    /// Creates settings that leave everything alone but what is given.
    public init(identifier: UInt32? = nil, port: UInt16? = nil, local: IPAddress? = nil) {
        self.identifier = identifier
        self.port = port
        self.local = local
    }

    var isDefault: Bool { self == VXLAN() }

    func encode(into request: inout NetlinkRequest) {
        if let identifier { request.attribute(Int(IFLA_VXLAN_ID), identifier) }
        if let port { request.attribute(Int(IFLA_VXLAN_PORT), bigEndian: port) }
        if let local {
            let kind = local.family == .v4 ? Int(IFLA_VXLAN_LOCAL) : Int(IFLA_VXLAN_LOCAL6)
            request.attribute(kind, bytes: local.bytes)
        }
        if let remote {
            let kind = remote.family == .v4 ? Int(IFLA_VXLAN_GROUP) : Int(IFLA_VXLAN_GROUP6)
            request.attribute(kind, bytes: remote.bytes)
        }
        if let link { request.attribute(Int(IFLA_VXLAN_LINK), link) }
        if let learning { request.attribute(Int(IFLA_VXLAN_LEARNING), UInt8(learning ? 1 : 0)) }
    }

    init(_ data: Attributes) {
        /// An address that is not set is not there, or all zeros.
        func address(_ kinds: Int...) -> IPAddress? {
            kinds.lazy.compactMap { data[$0].flatMap { IPAddress(bytes: $0) } }.first { !$0.isUnspecified }
        }
        identifier = data.number(Int(IFLA_VXLAN_ID))
        port = data.bigEndian(Int(IFLA_VXLAN_PORT))
        local = address(Int(IFLA_VXLAN_LOCAL), Int(IFLA_VXLAN_LOCAL6))
        remote = address(Int(IFLA_VXLAN_GROUP), Int(IFLA_VXLAN_GROUP6))
        link = data.number(Int(IFLA_VXLAN_LINK), UInt32.self).flatMap { $0 == 0 ? nil : $0 }
        learning = data.number(Int(IFLA_VXLAN_LEARNING), UInt8.self).map { $0 != 0 }
    }
}
