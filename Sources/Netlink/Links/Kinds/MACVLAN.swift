// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// A link with a MAC address of its own on another link: `ip link add link PARENT type macvlan`.
public struct MACVLAN: LinkKindSettings {
    /// With whom the links on one parent can talk (MACVLAN_MODE_…).
    public struct Mode: RawRepresentable, Hashable, Sendable {
        /// The kernel's number.
        public let rawValue: UInt32

        /// Creates a mode from the kernel's number.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Not with each other.
        public static let `private` = Mode(rawValue: MACVLAN_MODE_PRIVATE.rawValue)
        /// With each other by way of the switch outside, which has to send frames back.
        public static let vepa = Mode(rawValue: MACVLAN_MODE_VEPA.rawValue)
        /// With each other directly.
        public static let bridge = Mode(rawValue: MACVLAN_MODE_BRIDGE.rawValue)
        /// There is one only, which has the whole parent.
        public static let passthru = Mode(rawValue: MACVLAN_MODE_PASSTHRU.rawValue)
        /// With sources on a list.
        public static let source = Mode(rawValue: MACVLAN_MODE_SOURCE.rawValue)

        var word: String {
            switch self {
            case .private: "private"
            case .vepa: "vepa"
            case .bridge: "bridge"
            case .passthru: "passthru"
            case .source: "source"
            default: "\(rawValue)"
            }
        }
    }

    /// With whom the links on one parent can talk; the kernel's own default is VEPA.
    public var mode: Mode?
    /// MACVLAN_FLAG_…: 1 leaves the parent out of promiscuous mode (`nopromisc`), 2 is `nodst` (Linux 5.11).
    public var flags: UInt16?
    /// How many broadcast frames may wait, in all links of the parent together (Linux 5.11).
    public var broadcastQueueLength: UInt32?
    /// What the kernel has besides, such as the sources of mode `source`.
    public var other = RawAttributes()

    /// `macvlan`.
    public static let kind = "macvlan"
    /// It rests on a parent.
    public static let needsParent = true

    /// Creates settings that leave everything alone but what is given.
    public init(mode: Mode? = nil) { self.mode = mode }

    /// `macvlan mode bridge`.
    public var words: String {
        var text = Self.kind
        if let mode { text += " mode \(mode.word)" }
        if let flags {
            if CInt(flags) & MACVLAN_FLAG_NOPROMISC != 0 { text += " nopromisc" }
            if CInt(flags) & MACVLAN_FLAG_NODST != 0 { text += " nodst" }
        }
        if let broadcastQueueLength { text += " bcqueuelen \(broadcastQueueLength)" }
        return text
    }

    /// Decodes what the kernel reports.
    public init(_ data: Attributes) throws(MalformedMessage) {
        mode = try data.number(Int(IFLA_MACVLAN_MODE), UInt32.self).map { Mode(rawValue: $0) }
        flags = try data.number(Int(IFLA_MACVLAN_FLAGS))
        broadcastQueueLength = try data.number(Int(IFLA_MACVLAN_BC_QUEUE_LEN))
        other = data.others(
            than: [
                Int(IFLA_MACVLAN_MODE), Int(IFLA_MACVLAN_FLAGS), Int(IFLA_MACVLAN_BC_QUEUE_LEN),
                // Facts, not settings: the length in use, the number of sources that follow.
                Int(IFLA_MACVLAN_BC_QUEUE_LEN_USED), Int(IFLA_MACVLAN_MACADDR_COUNT),
            ])
    }

    /// Appends the settings that are not nil.
    public func encode(into data: inout AttributeWriter) {
        if let mode { data.number(Int(IFLA_MACVLAN_MODE), mode.rawValue) }
        if let flags { data.number(Int(IFLA_MACVLAN_FLAGS), flags) }
        if let broadcastQueueLength { data.number(Int(IFLA_MACVLAN_BC_QUEUE_LEN), broadcastQueueLength) }
        data.append(other)
    }

    /// Everything can be changed but to or from `passthru` (macvlan_changelink()).
    public func fit(_ found: MACVLAN) -> LinkKindFit {
        if !fits(mode, found.mode), mode == .passthru || found.mode == .passthru { return .needsNewLink }
        return fits(mode, found.mode) && fits(flags, found.flags)
            && fits(broadcastQueueLength, found.broadcastQueueLength) ? .same : .changeable
    }

    /// What differs.
    public func changes(from found: MACVLAN) -> (wanted: MACVLAN, found: MACVLAN) {
        var (wanted, had) = (MACVLAN(), MACVLAN())
        difference(mode, found.mode, &wanted.mode, &had.mode)
        difference(flags, found.flags, &wanted.flags, &had.flags)
        difference(
            broadcastQueueLength, found.broadcastQueueLength, &wanted.broadcastQueueLength,
            &had.broadcastQueueLength)
        return (wanted, had)
    }
}
