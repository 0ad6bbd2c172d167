// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// A routing domain: its ports' packets look up a table of their own, as `ip link add type vrf table N`.
///
/// See vrf.rst in the kernel's documentation (Linux 4.3).
public struct VRF: LinkKindSettings {
    /// The routing table of the domain; the kernel wants one at creation.
    public var table: UInt32?
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// `vrf`.
    public static let kind = "vrf"

    /// Creates a domain with a table.
    public init(table: UInt32? = nil) { self.table = table }

    /// `vrf table 10`.
    public var words: String { table.map { "vrf table \($0)" } ?? "vrf" }

    /// Decodes what the kernel reports.
    public init(_ data: Attributes) throws(MalformedMessage) {
        table = try data.number(Int(IFLA_VRF_TABLE))
        other = data.others(than: [Int(IFLA_VRF_TABLE)])
    }

    /// Appends the settings that are not nil.
    public func encode(into data: inout AttributeWriter) {
        if let table { data.number(Int(IFLA_VRF_TABLE), table) }
        data.append(other)
    }

    /// The table is for life: the driver has no changelink.
    public func fit(_ found: VRF) -> LinkKindFit { fits(table, found.table) ? .same : .needsNewLink }

    /// Nothing can be changed.
    public func changes(from found: VRF) -> (wanted: VRF, found: VRF) { (VRF(), VRF()) }
}
