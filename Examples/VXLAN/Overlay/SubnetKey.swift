// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// The name of a lease in etcd: `10.5.34.0-24`, for two families `10.5.34.0-24&fd00:5:22::-64`.
///
/// For IPv6 alone, of which flannel has no leases in etcd, it is `fd00:5:22::-64`; flannel takes no notice of it.
public struct SubnetKey: Hashable, Sendable, LosslessStringConvertible {
    /// The IPv4 subnet.
    public let v4: IPPrefix?
    /// The IPv6 subnet.
    public let v6: IPPrefix?

    /// Creates a name.
    public init(v4: IPPrefix?, v6: IPPrefix?) {
        self.v4 = v4
        self.v6 = v6
    }

    /// Reads a name, the last part of an etcd key; nil for one that is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "&", omittingEmptySubsequences: false)
        // No name is longer than two of the longest prefixes.
        guard text.utf8.count <= 80, 1...2 ~= parts.count, let first = Self.subnet(parts[0]) else {
            return nil
        }
        guard parts.count == 2 else {
            self.init(v4: first.family == .v4 ? first : nil, v6: first.family == .v6 ? first : nil)
            return
        }
        guard first.family == .v4, let second = Self.subnet(parts[1]), second.family == .v6 else {
            return nil
        }
        self.init(v4: first, v6: second)
    }

    /// The name.
    public var description: String {
        [v4, v6].compactMap { $0 }.map { "\($0.address)-\($0.length)" }.joined(separator: "&")
    }

    private static func subnet(_ text: Substring) -> IPPrefix? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let subnet = IPPrefix("\(parts[0])/\(parts[1])"), subnet.isNetwork,
            subnet.length > 0, subnet.length <= subnet.family.bitWidth - 2
        else { return nil }
        return subnet
    }
}
