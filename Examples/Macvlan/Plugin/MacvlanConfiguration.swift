// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink

/// The macvlan plugin's keys.
public struct MacvlanConfiguration: ParentConfiguration {
    /// The link below, and the MTU.
    public var below: ParentKeys
    /// With whom the links on one master can talk, as it is written.
    let modeName: String
    /// How many broadcast frames may wait; nil leaves it to the kernel.
    let broadcastQueueLength: UInt32?
    /// The MAC address of runtimeConfig, which comes before that of CNI_ARGS.
    let runtimeMAC: MACAddress?
    /// The MAC address if nobody else asks for one.
    let usualMAC: MACAddress?

    /// Every key that is read here.
    public static let keys = ParentKeys.keys + ["mode", "mac", "bcqueuelen", "runtimeConfig.mac"]

    private static let modes: [(name: String, mode: MACVLAN.Mode)] = [
        ("bridge", .bridge), ("private", .private), ("vepa", .vepa), ("passthru", .passthru),
    ]

    /// Reads the keys, with the defaults that users of the Go plugin know.
    public init(_ document: JSON) throws(CNIError) {
        let keys = JSONCursor(document)
        below = try ParentKeys(document)
        modeName = try keys["mode"].nonEmptyText() ?? "bridge"
        let length: UInt32 = try keys["bcqueuelen"].integer() ?? 0
        broadcastQueueLength = length == 0 ? nil : length
        runtimeMAC = try keys["runtimeConfig"]["mac"].mac()
        usualMAC = try keys["mac"].mac()
    }

    /// With whom the links on one master can talk; nil for a word that is none.
    var mode: MACVLAN.Mode? { Self.modes.first { $0.name == modeName }?.mode }

    /// Refuses what no ADD can take.
    public func validate() throws(CNIError) {
        try below.validate()
        if mode == nil {
            throw CNIError(
                .invalidConfiguration, at: "mode",
                "\"\(modeName)\" is none of \(Self.modes.map(\.name).joined(separator: ", "))")
        }
        try InterfaceKeys.requireMAC([runtimeMAC, usualMAC].compactMap { $0 })
    }
}
