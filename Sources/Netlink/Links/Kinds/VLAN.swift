// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// A VLAN of another link: `ip link add link PARENT type vlan id N`.
public struct VLAN: LinkKindSettings {
    /// The EtherType of the tag.
    public struct TagProtocol: RawRepresentable, Hashable, Sendable {
        /// The EtherType.
        public let rawValue: UInt16

        /// Creates a protocol from an EtherType.
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// IEEE 802.1Q, the usual one.
        public static let dot1q = TagProtocol(rawValue: 0x8100)
        /// IEEE 802.1ad, for tags around tags.
        public static let dot1ad = TagProtocol(rawValue: 0x88a8)

        var word: String {
            switch self {
            case .dot1q: "802.1Q"
            case .dot1ad: "802.1ad"
            default: "0x\(String(rawValue, radix: 16))"
            }
        }
    }

    /// The VLAN's number, 1 to 4094; the kernel wants one at creation.
    public var id: UInt16?
    /// The EtherType of the tag; the kernel's own default is 802.1Q.
    public var tagProtocol: TagProtocol?
    /// VLAN_FLAG_…: 1 REORDER_HDR (on by default), 2 GVRP, 4 LOOSE_BINDING, 8 MVRP, 16 BRIDGE_BINDING.
    public var flags: UInt32?
    /// What the kernel has besides: the maps of priorities.
    public var other = RawAttributes()

    /// `vlan`.
    public static let kind = "vlan"
    /// It rests on a parent.
    public static let needsParent = true

    /// Creates settings that leave everything alone but what is given.
    public init(id: UInt16? = nil, tagProtocol: TagProtocol? = nil, flags: UInt32? = nil) {
        self.id = id
        self.tagProtocol = tagProtocol
        self.flags = flags
    }

    /// `vlan protocol 802.1ad id 5`.
    public var words: String {
        var text = Self.kind
        if let tagProtocol { text += " protocol \(tagProtocol.word)" }
        if let id { text += " id \(id)" }
        if let flags { text += " flags \(flags)" }
        return text
    }

    /// Decodes what the kernel reports.
    public init(_ data: Attributes) throws(MalformedMessage) {
        id = try data.number(Int(IFLA_VLAN_ID))
        tagProtocol = try data.bigEndian(Int(IFLA_VLAN_PROTOCOL), UInt16.self).map {
            TagProtocol(rawValue: $0)
        }
        if let bytes = data[Int(IFLA_VLAN_FLAGS)] {
            // struct ifla_vlan_flags: the flags, and the mask of those to change.
            flags = try bytes.header(UInt32.self)
        }
        other = data.others(than: [Int(IFLA_VLAN_ID), Int(IFLA_VLAN_PROTOCOL), Int(IFLA_VLAN_FLAGS)])
    }

    /// Appends the settings that are not nil.
    public func encode(into data: inout AttributeWriter) {
        if let tagProtocol { data.bigEndian(Int(IFLA_VLAN_PROTOCOL), tagProtocol.rawValue) }
        if let id { data.number(Int(IFLA_VLAN_ID), id) }
        if let flags {
            let value = ifla_vlan_flags(flags: flags, mask: Self.knownFlags | flags)
            data.bytes(Int(IFLA_VLAN_FLAGS), withUnsafeBytes(of: value) { [UInt8]($0) })
        }
        data.append(other)
    }

    /// Those to set or clear: the kernel refuses a mask with others (vlan_dev_change_flags(); the last is of Linux 5.2).
    private static let knownFlags =
        VLAN_FLAG_REORDER_HDR.rawValue | VLAN_FLAG_GVRP.rawValue | VLAN_FLAG_LOOSE_BINDING.rawValue
        | VLAN_FLAG_MVRP.rawValue | VLAN_FLAG_BRIDGE_BINDING.rawValue

    /// The flags can be changed; the number and the protocol are for life (vlan_changelink()).
    public func fit(_ found: VLAN) -> LinkKindFit {
        guard fits(id, found.id), fits(tagProtocol, found.tagProtocol) else { return .needsNewLink }
        return fits(flags, found.flags) ? .same : .changeable
    }

    /// The flags, if they differ.
    public func changes(from found: VLAN) -> (wanted: VLAN, found: VLAN) {
        var (wanted, had) = (VLAN(), VLAN())
        difference(flags, found.flags, &wanted.flags, &had.flags)
        return (wanted, had)
    }
}
