// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink

/// The tap plugin's keys.
public struct TapConfiguration: KeyedConfiguration {
    /// Who may open it, and by how many queues.
    let device: TUN
    /// The MTU in bytes; nil leaves it to the kernel.
    let mtu: UInt32?
    /// The bridge in the container that it is a port of.
    let bridge: String?
    /// The label that a program has to have to open it.
    let selinuxContext: String?
    /// The MAC address of runtimeConfig, which comes before that of CNI_ARGS.
    let runtimeMAC: MACAddress?
    /// The MAC address if nobody else asks for one.
    let usualMAC: MACAddress?

    /// Every key that is read here.
    public static let keys = [
        "multiQueue", "mtu", "mac", "owner", "group", "selinuxContext", "bridge", "runtimeConfig.mac",
    ]

    /// Reads the keys, with the defaults that users of the Go plugin know.
    public init(_ document: JSON) throws(CNIError) {
        let keys = JSONCursor(document)
        device = TUN(
            isTap: true, owner: try keys["owner"].integer(), group: try keys["group"].integer(),
            hasQueues: try keys["multiQueue"].bool() ?? false)
        mtu = try InterfaceKeys.mtu(keys)
        bridge = try keys["bridge"].nonEmptyText()
        selinuxContext = try keys["selinuxContext"].nonEmptyText()
        runtimeMAC = try keys["runtimeConfig"]["mac"].mac()
        usualMAC = try keys["mac"].mac()
    }

    /// Refuses what no ADD can take.
    public func validate() throws(CNIError) {
        if let bridge { try InterfaceKeys.requireName(bridge, at: "bridge") }
        try InterfaceKeys.requireMAC([runtimeMAC, usualMAC].compactMap { $0 })
    }
}
