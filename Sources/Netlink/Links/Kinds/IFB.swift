// SPDX-License-Identifier: Apache-2.0

/// A link that queues what traffic control has redirected to it (mirred): `ip link add type ifb`.
///
/// With it what comes in can be shaped, too. It has no settings of its own.
public struct IFB: LinkKindSettings {
    /// `ifb`.
    public static let kind = "ifb"

    /// Creates settings, of which there are none.
    public init() {}

    /// There is nothing to decode.
    public init(_ data: Attributes) {}

    /// Appends nothing.
    public func encode(into data: inout AttributeWriter) {}

    /// All are the same.
    public func fit(_ found: IFB) -> LinkKindFit { .same }

    /// Nothing differs.
    public func changes(from found: IFB) -> (wanted: IFB, found: IFB) { (self, found) }
}
