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
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// `vxlan`.
    public static let kind = "vxlan"

    /// Creates settings that leave everything alone but what is given.
    public init(identifier: UInt32? = nil, port: UInt16? = nil, local: IPAddress? = nil) {
        self.identifier = identifier
        self.port = port
        self.local = local
    }

    /// `vxlan id 1 local 192.0.2.1 dstport 4789`.
    public var words: String {
        var text = Self.kind
        if let identifier { text += " id \(identifier)" }
        if let local { text += " local \(local)" }
        if let remote { text += " \(remote.isMulticast ? "group" : "remote") \(remote)" }
        if let port { text += " dstport \(port)" }
        if let learning { text += learning ? " learning" : " nolearning" }
        return text
    }

    /// Appends the settings that are not nil.
    public func encode(into data: inout AttributeWriter) {
        if let identifier { data.number(Int(IFLA_VXLAN_ID), identifier) }
        if let port { data.bigEndian(Int(IFLA_VXLAN_PORT), port) }
        if let local {
            data.bytes(local.family == .v4 ? Int(IFLA_VXLAN_LOCAL) : Int(IFLA_VXLAN_LOCAL6), local.bytes)
        }
        if let remote {
            data.bytes(remote.family == .v4 ? Int(IFLA_VXLAN_GROUP) : Int(IFLA_VXLAN_GROUP6), remote.bytes)
        }
        if let link { data.number(Int(IFLA_VXLAN_LINK), link) }
        if let learning { data.bool(Int(IFLA_VXLAN_LEARNING), learning) }
        data.append(other)
    }

    /// Decodes what the kernel reports.
    public init(_ data: Attributes) throws(MalformedMessage) {
        /// An address that is not set is not there, or all zeros.
        func address(_ kinds: Int...) throws(MalformedMessage) -> IPAddress? {
            for kind in kinds {
                if let address = try data.address(kind), !address.isUnspecified { return address }
            }
            return nil
        }
        identifier = try data.number(Int(IFLA_VXLAN_ID))
        port = try data.bigEndian(Int(IFLA_VXLAN_PORT))
        local = try address(Int(IFLA_VXLAN_LOCAL), Int(IFLA_VXLAN_LOCAL6))
        remote = try address(Int(IFLA_VXLAN_GROUP), Int(IFLA_VXLAN_GROUP6))
        link = try data.number(Int(IFLA_VXLAN_LINK), UInt32.self).flatMap { $0 == 0 ? nil : $0 }
        learning = try data.bool(Int(IFLA_VXLAN_LEARNING))
        var known = Self.known
        // Their presence turns these on, regardless of their value (vxlan_nl2conf()).
        for kind in [Int(IFLA_VXLAN_REMCSUM_TX), Int(IFLA_VXLAN_REMCSUM_RX)]
        where try data.bool(kind) == false {
            known.insert(kind)
        }
        other = data.others(than: known)
        // The kernel reports a number and takes a flag (vxlan_policy).
        if try data.bool(Int(IFLA_VXLAN_TTL_INHERIT)) == true {
            other.append(Int(IFLA_VXLAN_TTL_INHERIT), [])
        }
    }

    private static let known = AttributeKinds([
        IFLA_VXLAN_ID, IFLA_VXLAN_PORT, IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6, IFLA_VXLAN_GROUP,
        IFLA_VXLAN_GROUP6,
        IFLA_VXLAN_LINK, IFLA_VXLAN_LEARNING, IFLA_VXLAN_TTL_INHERIT,
    ])

    /// Learning can be changed; what identifies the tunnel is for life (vxlan_changelink()).
    public func fit(_ found: VXLAN) -> LinkKindFit {
        guard fits(identifier, found.identifier), fits(port, found.port), fits(local, found.local),
            fits(remote, found.remote), fits(link, found.link)
        else { return .needsNewLink }
        return fits(learning, found.learning) ? .same : .changeable
    }

    /// Whether it learns, if that differs.
    public func changes(from found: VXLAN) -> (wanted: VXLAN, found: VXLAN) {
        var (wanted, had) = (VXLAN(), VXLAN())
        difference(learning, found.learning, &wanted.learning, &had.learning)
        return (wanted, had)
    }
}
