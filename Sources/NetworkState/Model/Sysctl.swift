// SPDX-License-Identifier: Apache-2.0

/// A kernel setting below /proc/sys, which for `net/` belongs to a network namespace.
///
/// See sysctl(8).
public struct Sysctl: Hashable, Sendable {
    /// The path below /proc/sys: `net/ipv4/ip_forward`.
    public var path: String
    /// Its value, without the newline.
    public var value: String
    /// The link that the setting belongs to and goes away with.
    public var link: String?

    /// Creates a setting of a whole namespace.
    public init(_ path: String, _ value: String) {
        self.path = path
        self.value = value
    }

    /// Creates a setting of a link: `net/FAMILY/conf/LINK/NAME`.
    public init(_ family: String, _ name: String, of link: String, _ value: String) {
        path = "net/\(family)/conf/\(link)/\(name)"
        self.value = value
        self.link = link
    }
}
