// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin

/// The ptp plugin's keys.
public struct PTPConfiguration: KeyedConfiguration {
    /// Whether the container's connections to elsewhere seem to come from the host.
    public let ipMasq: Bool
    /// Accepted for compatibility; masquerading is always nf_tables'.
    public let ipMasqBackend: String
    /// The MTU of both ends in bytes; nil leaves it to the kernel.
    public let mtu: UInt32?
    /// The MAC address of runtimeConfig.
    let mac: MACAddress?

    /// Reads the keys, with the defaults that users of the Go plugin know.
    public init(_ document: JSON) throws(CNIError) {
        let keys = JSONCursor(document)
        ipMasq = try keys["ipMasq"].bool() ?? false
        ipMasqBackend = try keys["ipMasqBackend"].text() ?? ""
        mtu = try InterfaceKeys.mtu(keys)
        mac = try keys["runtimeConfig"]["mac"].mac()
    }

    /// Every key that is read here.
    public static let keys = ["ipMasq", "ipMasqBackend", "mtu", "runtimeConfig.mac"]
}
