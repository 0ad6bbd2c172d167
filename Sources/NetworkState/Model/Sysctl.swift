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
    ///
    /// - Parameter path: Below /proc/sys, with slashes, or as sysctl(8) takes it with dots: `net.ipv4.ip_forward`, where
    ///   a slash stands for a dot in a link's name.
    public init(_ path: String, _ value: String) {
        self.path = Self.normalized(path)
        self.value = value
    }

    /// Creates a setting of a link: `net/FAMILY/conf/LINK/NAME`.
    public init(_ family: String, _ name: String, of link: String, _ value: String) {
        path = "net/\(family)/conf/\(link)/\(name)"
        self.value = value
        self.link = link
    }

    /// The path with slashes; as in sysctl(8) the first separator says which of the two separates.
    private static func normalized(_ path: String) -> String {
        let (dot, slash) = (UInt8(ascii: "."), UInt8(ascii: "/"))
        guard path.utf8.first(where: { $0 == dot || $0 == slash }) == dot else { return path }
        let swapped = path.utf8.map { $0 == dot ? slash : $0 == slash ? dot : $0 }
        return String(decoding: swapped, as: UTF8.self)
    }

    /// Whether the path leads to a setting below `net/`, which belongs to a network namespace, and nowhere else.
    var isOfNetworkNamespace: Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count > 2 && parts[0] == "net"
            && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0) }
    }
}
