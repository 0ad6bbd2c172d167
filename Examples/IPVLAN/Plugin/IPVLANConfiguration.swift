// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink

/// The ipvlan plugin's keys.
public struct IPVLANConfiguration: KeyedConfiguration {
    /// The link below, and the MTU.
    var below: ParentKeys
    /// Which packets the host's stack gets to see, as it is written.
    let modeName: String
    /// With whom the links on one master can talk, as it is written.
    let flagName: String

    /// The addresses and routes of the plugins before, which it has without IPAM.
    var inherited: CNIResult?

    /// Every key that is read here.
    public static let keys = ParentKeys.keys + ["mode", "flag"]

    private static let modes: [(name: String, mode: IPVLAN.Mode)] = [
        ("l2", .l2), ("l3", .l3), ("l3s", .l3s),
    ]
    /// IPVLAN_F_PRIVATE and IPVLAN_F_VEPA (Linux 4.15).
    private static let flags: [(name: String, bits: UInt16)] = [("bridge", 0), ("private", 1), ("vepa", 2)]

    /// Reads the keys, with the defaults that users of the Go plugin know.
    public init(_ document: JSON) throws(CNIError) {
        let keys = JSONCursor(document)
        below = try ParentKeys(document)
        modeName = try keys["mode"].nonEmptyText() ?? "l2"
        flagName = try keys["flag"].nonEmptyText() ?? "bridge"
    }

    /// What is asked of the kernel; nil for words that are none.
    var kind: IPVLAN? {
        guard let mode = Self.modes.first(where: { $0.name == modeName })?.mode,
            let flags = Self.flags.first(where: { $0.name == flagName })?.bits
        else { return nil }
        // Kernels before 4.15 do not know the attribute.
        return IPVLAN(mode: mode, flags: flags == 0 ? nil : flags)
    }

    /// Refuses what no ADD can take.
    public func validate() throws(CNIError) {
        try below.validate()
        func require(_ word: String, among words: [String], at key: String) throws(CNIError) {
            if words.contains(word) { return }
            throw CNIError(
                .invalidConfiguration, at: JSONPath().member(key),
                "\"\(word)\" is none of \(words.joined(separator: ", "))")
        }
        try require(modeName, among: Self.modes.map(\.name), at: "mode")
        try require(flagName, among: Self.flags.map(\.name), at: "flag")
    }
}
