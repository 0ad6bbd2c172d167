// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// How far an address or a route reaches (RT_SCOPE_…), as `scope` of ip(8).
public struct Scope: RawRepresentable, Hashable, Sendable {
    /// The number in the kernel's headers.
    public let rawValue: UInt8

    /// Creates a scope from its number.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Everywhere.
    public static let global = Scope(rawValue: UInt8(RT_SCOPE_UNIVERSE.rawValue))
    /// The link.
    public static let link = Scope(rawValue: UInt8(RT_SCOPE_LINK.rawValue))
    /// This host.
    public static let host = Scope(rawValue: UInt8(RT_SCOPE_HOST.rawValue))
    /// Nowhere; in a request for a deletion any scope.
    static let nowhere = Scope(rawValue: UInt8(RT_SCOPE_NOWHERE.rawValue))
}
