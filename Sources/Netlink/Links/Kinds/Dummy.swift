// SPDX-License-Identifier: Apache-2.0

/// A link that drops what it is given, for addresses that belong to no other link: `ip link add type dummy`.
///
/// It has no settings of its own.
public struct Dummy: LinkKindSettings {
    /// `dummy`.
    public static let kind = "dummy"

    /// Creates settings, of which there are none.
    public init() {}

    /// There is nothing to decode.
    public init(_ data: Attributes) {}

    /// Appends nothing.
    public func encode(into data: inout AttributeWriter) {}

    /// All are the same.
    public func fit(_ found: Dummy) -> LinkKindFit { .same }

    /// Nothing differs.
    public func changes(from found: Dummy) -> (wanted: Dummy, found: Dummy) { (self, found) }
}
