// SPDX-License-Identifier: Apache-2.0

/// A file that was left out, and why.
public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// What is wrong with it.
    public let reason: String

    /// `/etc/cni/net.d/10-net.conflist: name: missing`.
    ///
    /// A reason that names the file itself, such as `open /etc/cni/net.d/10-net.conflist: Permission denied`, is enough.
    public var description: String { reason.contains(path) ? reason : "\(path): \(reason)" }
}
