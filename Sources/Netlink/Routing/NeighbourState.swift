// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// How sure the kernel is of a neighbour or a forwarding entry (NUD_…), as `nud` of ip-neighbour(8).
public struct NeighbourState: OptionSet, Hashable, Sendable {
    /// The bits in the kernel's headers.
    public let rawValue: UInt16

    /// Creates a state from its bits.
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// It was confirmed a short time ago.
    public static let reachable = NeighbourState(rawValue: UInt16(NUD_REACHABLE))
    /// It is to be confirmed at its next use.
    public static let stale = NeighbourState(rawValue: UInt16(NUD_STALE))
    /// It needs no confirmation, as on a link without ARP; of a forwarding entry: `static` of bridge(8).
    public static let noARP = NeighbourState(rawValue: UInt16(NUD_NOARP))
    /// It never expires.
    public static let permanent = NeighbourState(rawValue: UInt16(NUD_PERMANENT))
}

/// What a neighbour or a forwarding entry is besides (NTF_…).
public struct NeighbourFlags: OptionSet, Hashable, Sendable {
    /// The bits in the kernel's headers.
    public let rawValue: UInt8

    /// Creates flags from their bits.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The kernel keeps it fresh (`use`).
    public static let use = NeighbourFlags(rawValue: UInt8(NTF_USE))
    /// The device's own database has it (`self`).
    static let own = NeighbourFlags(rawValue: UInt8(NTF_SELF))
    /// The bridge's database has it (`master`).
    static let master = NeighbourFlags(rawValue: UInt8(NTF_MASTER))
    /// The host answers for the neighbour (`proxy`).
    public static let proxy = NeighbourFlags(rawValue: UInt8(NTF_PROXY))
    /// A program learned it, which keeps it (`extern_learn`).
    public static let externallyLearned = NeighbourFlags(rawValue: UInt8(NTF_EXT_LEARNED))
    /// It does not move to another port (`sticky`).
    public static let sticky = NeighbourFlags(rawValue: UInt8(NTF_STICKY))
    /// The neighbour is a router (`router`).
    public static let router = NeighbourFlags(rawValue: UInt8(NTF_ROUTER))
}
