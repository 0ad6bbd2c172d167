// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// What becomes of the packets of a route (RTN_…), as TYPE of ip-route(8).
public struct RouteType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number in the kernel's headers.
    public let rawValue: UInt8

    /// Creates a type from its number.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// They go to the next hop or the destination.
    public static let unicast = RouteType(rawValue: UInt8(RTN_UNICAST))
    /// They are for this host.
    public static let local = RouteType(rawValue: UInt8(RTN_LOCAL))
    /// They are dropped in silence.
    public static let blackhole = RouteType(rawValue: UInt8(RTN_BLACKHOLE))
    /// They are dropped, and the sender gets an ICMP message: no route to host.
    public static let unreachable = RouteType(rawValue: UInt8(RTN_UNREACHABLE))
    /// They are dropped, and the sender gets an ICMP message: administratively prohibited.
    public static let prohibit = RouteType(rawValue: UInt8(RTN_PROHIBIT))
    /// The lookup ends in this table and goes on with the next rule.
    public static let `throw` = RouteType(rawValue: UInt8(RTN_THROW))

    /// Whether such a route has no next hop and no link.
    var leadsNowhere: Bool {
        switch Int(rawValue) {
        case RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW: true
        default: false
        }
    }

    /// The word of ip-route(8).
    public var description: String {
        switch Int(rawValue) {
        case RTN_UNICAST: "unicast"
        case RTN_LOCAL: "local"
        case RTN_BROADCAST: "broadcast"
        case RTN_ANYCAST: "anycast"
        case RTN_MULTICAST: "multicast"
        case RTN_BLACKHOLE: "blackhole"
        case RTN_UNREACHABLE: "unreachable"
        case RTN_PROHIBIT: "prohibit"
        case RTN_THROW: "throw"
        default: "type \(rawValue)"
        }
    }
}
