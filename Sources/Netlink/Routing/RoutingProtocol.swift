// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// Who made a route, a rule or a neighbour (RTPROT_…), or an address (IFAPROT_…), as `protocol` of ip-route(8).
///
/// Numbers of a program's own are from 64 up.
public struct RoutingProtocol: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number in the kernel's headers.
    public let rawValue: UInt8

    /// Creates a protocol from its number.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nobody in particular.
    public static let unspecified = RoutingProtocol(rawValue: UInt8(RTPROT_UNSPEC))
    /// The kernel itself.
    public static let kernel = RoutingProtocol(rawValue: UInt8(RTPROT_KERNEL))
    /// A caller that does not say, as ip(8).
    public static let boot = RoutingProtocol(rawValue: UInt8(RTPROT_BOOT))
    /// An administrator.
    public static let `static` = RoutingProtocol(rawValue: UInt8(RTPROT_STATIC))
    /// A router advertisement.
    public static let routerAdvertisement = RoutingProtocol(rawValue: UInt8(RTPROT_RA))

    /// The number.
    public var description: String { "\(rawValue)" }
}
