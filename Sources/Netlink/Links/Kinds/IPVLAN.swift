// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// A link with IP addresses of its own and its parent's MAC address: `ip link add link PARENT type ipvlan`.
///
/// Mode and flags are those of all such links of one parent.
public struct IPVLAN: LinkKindSettings {
    /// Where packets are told apart (IPVLAN_MODE_…).
    public enum Mode: UInt16, Hashable, Sendable {
        /// As a switch does it, broadcasts included.
        case l2 = 0
        /// As a router does it, without neighbour discovery.
        case l3
        /// As a router does it, and netfilter of the parent's namespace sees it.
        case l3s

        var word: String {
            switch self {
            case .l2: "l2"
            case .l3: "l3"
            case .l3s: "l3s"
            }
        }
    }

    /// Where packets are told apart; the kernel's own default is `l3`, ip(8)'s too.
    public var mode: Mode?
    /// IPVLAN_F_…: 1 is `private`, 2 is `vepa`, 0 is `bridge` (Linux 4.15).
    public var flags: UInt16?
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// `ipvlan`.
    public static let kind = "ipvlan"
    /// It rests on a parent.
    public static let needsParent = true

    /// Creates settings that leave everything alone but what is given.
    public init(mode: Mode? = nil, flags: UInt16? = nil) {
        self.mode = mode
        self.flags = flags
    }

    /// `ipvlan mode l2 bridge`.
    public var words: String {
        var text = Self.kind
        if let mode { text += " mode \(mode.word)" }
        switch flags.map(CInt.init) {
        case nil: break
        case IPVLAN_F_PRIVATE: text += " private"
        case IPVLAN_F_VEPA: text += " vepa"
        case 0: text += " bridge"
        case .some(let flags): text += " flags \(flags)"
        }
        return text
    }

    /// Decodes what the kernel reports.
    public init(_ data: Attributes) throws(MalformedMessage) {
        if let number = try data.number(Int(IFLA_IPVLAN_MODE), UInt16.self) {
            guard let mode = Mode(rawValue: number) else { throw MalformedMessage("ipvlan mode \(number)") }
            self.mode = mode
        }
        flags = try data.number(Int(IFLA_IPVLAN_FLAGS))
        other = data.others(than: [Int(IFLA_IPVLAN_MODE), Int(IFLA_IPVLAN_FLAGS)])
    }

    /// Appends the settings that are not nil.
    public func encode(into data: inout AttributeWriter) {
        if let mode { data.number(Int(IFLA_IPVLAN_MODE), mode.rawValue) }
        if let flags { data.number(Int(IFLA_IPVLAN_FLAGS), flags) }
        data.append(other)
    }

    /// Everything can be changed (ipvlan_nl_changelink()).
    public func fit(_ found: IPVLAN) -> LinkKindFit {
        fits(mode, found.mode) && fits(flags, found.flags) ? .same : .changeable
    }

    /// What differs.
    public func changes(from found: IPVLAN) -> (wanted: IPVLAN, found: IPVLAN) {
        var (wanted, had) = (IPVLAN(), IPVLAN())
        difference(mode, found.mode, &wanted.mode, &had.mode)
        difference(flags, found.flags, &wanted.flags, &had.flags)
        return (wanted, had)
    }
}
