// SPDX-License-Identifier: Apache-2.0

/// Packets that come in by a link and are handed to another one, by which they leave: see tc-mirred(8).
///
/// Needs the discipline `ingress` or `clsact` on the link, and goes with it. Every packet matches a filter of `u32`, which
/// kernels have that do not have `matchall`.
public struct Redirection: Hashable, Sendable {
    /// The link that packets come in by.
    public var link: String
    /// The link that gets them; empty if it is gone, and the packets with it.
    public var target: String

    /// The filter's place among those of the link.
    static var priority: UInt16 { 68 }

    /// Creates a redirection.
    public init(from link: String, to target: String) {
        self.link = link
        self.target = target
    }
}
