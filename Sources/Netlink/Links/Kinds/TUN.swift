// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// A link that a program reads and writes the packets of, as `ip tuntap`; it is made from /dev/net/tun, not by netlink.
public struct TUN: LinkKindSettings {
    /// Whether it carries Ethernet frames (tap), and not IP packets (tun).
    public var isTap: Bool?
    /// The user who may open it; nil for nobody in particular.
    public var owner: UInt32?
    /// The group that may open it; nil for none in particular.
    public var group: UInt32?
    /// Whether several programs, or threads of one, can have a queue of it each (`multi_queue`).
    public var hasQueues: Bool?
    /// Whether it stays when the program ends.
    public var isPersistent: Bool?
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// `tun`, the kernel's name for both.
    public static let kind = "tun"

    /// Creates settings that leave everything alone.
    public init(isTap: Bool? = nil, owner: UInt32? = nil, group: UInt32? = nil, hasQueues: Bool? = nil) {
        (self.isTap, self.owner, self.group, self.hasQueues) = (isTap, owner, group, hasQueues)
    }

    /// `tun type tap`.
    public var words: String { isTap.map { "tun type \($0 ? "tap" : "tun")" } ?? Self.kind }

    /// Decodes what the kernel reports.
    public init(_ data: Attributes) throws(MalformedMessage) {
        // IFF_TUN is 1 and IFF_TAP 2 (linux/if_tun.h).
        isTap = try data.number(Int(IFLA_TUN_TYPE), UInt8.self).map { $0 == 2 }
        owner = try data.number(Int(IFLA_TUN_OWNER))
        group = try data.number(Int(IFLA_TUN_GROUP))
        hasQueues = try data.bool(Int(IFLA_TUN_MULTI_QUEUE))
        isPersistent = try data.bool(Int(IFLA_TUN_PERSIST))
        other = data.others(
            than: [
                Int(IFLA_TUN_TYPE), Int(IFLA_TUN_OWNER), Int(IFLA_TUN_GROUP), Int(IFLA_TUN_MULTI_QUEUE),
                Int(IFLA_TUN_PERSIST),
            ])
    }

    /// Appends nothing: the kernel takes none of it by netlink.
    public func encode(into data: inout AttributeWriter) {}

    /// Nothing can be changed.
    public func fit(_ found: TUN) -> LinkKindFit {
        fits(isTap, found.isTap) && fits(owner, found.owner) && fits(group, found.group)
            && fits(hasQueues, found.hasQueues) && fits(isPersistent, found.isPersistent)
            ? .same : .needsNewLink
    }

    /// Nothing can be changed.
    public func changes(from found: TUN) -> (wanted: TUN, found: TUN) { (TUN(), TUN()) }
}
