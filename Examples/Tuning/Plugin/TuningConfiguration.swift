// SPDX-License-Identifier: Apache-2.0

package import CNIPlugin
internal import NetworkState

/// The tuning plugin's keys.
public struct TuningConfiguration: Sendable {
    /// A kernel setting, as the configuration has it.
    struct Setting: Hashable, Sendable {
        /// With dots or slashes, and `IFNAME` for the interface's name.
        let key: String
        let value: String

        /// The setting of an interface.
        func sysctl(for interface: String) -> Sysctl {
            var parts = Sysctl(key, value).path.split(separator: "/", omittingEmptySubsequences: false)
            if let index = parts.firstIndex(of: "IFNAME") { parts[index] = interface[...] }
            return Sysctl(parts.joined(separator: "/"), value)
        }
    }

    /// The kernel settings, by key.
    let settings: [Setting]
    /// The MAC address of the configuration.
    let mac: MACAddress?
    /// The MAC address that the runtime asks for.
    let runtimeMAC: MACAddress?
    /// The MAC address of `args.cni`.
    let argumentMAC: MACAddress?
    /// Whether the interface takes every packet; false leaves it as it is.
    public let isPromiscuous: Bool
    /// Whether the interface takes every group's packets; nil leaves it as it is.
    public let isAllMulticast: Bool?
    /// The MTU in bytes; nil leaves it as it is.
    public let mtu: UInt32?
    /// The length of the transmit queue in packets; nil leaves it as it is.
    public let transmitQueueLength: UInt32?
    /// Where the reference plugin notes what was before.
    let dataDir: String

    /// Every key that is read here; those of `sysctl` are the kernel's.
    package static let keys = [
        "sysctl", "mac", "promisc", "mtu", "txQLen", "allmulti", "dataDir", "runtimeConfig.mac",
        "args.cni.sysctl",
        "args.cni.mac", "args.cni.promisc", "args.cni.mtu", "args.cni.txQLen", "args.cni.allmulti",
    ]

    /// Reads the keys; those of `args.cni` come first.
    package init(_ keys: JSONCursor) throws(CNIError) {
        let arguments = keys["args"]["cni"]
        func first(_ key: String) -> JSONCursor { arguments[key].isAbsent ? keys[key] : arguments[key] }
        var settings: [Setting] = []
        for place in [keys["sysctl"], arguments["sysctl"]] {
            for (key, value) in try place.members() ?? [:] {
                guard case .string(let text) = value else {
                    throw place[key].failure("expected a string")
                }
                let setting = Setting(key: key, value: text)
                if !setting.isOfNetwork {
                    throw place[key].failure("only settings below net/ are a container's own")
                }
                settings.removeAll { $0.key == key }
                settings.append(setting)
            }
        }
        self.settings = settings
        mac = try Self.unicast(keys["mac"])
        runtimeMAC = try Self.unicast(keys.capability("mac"))
        argumentMAC = try Self.unicast(arguments["mac"])
        isPromiscuous = try first("promisc").bool() ?? false
        isAllMulticast = try first("allmulti").bool()
        let mtu: UInt32 = try first("mtu").integer() ?? 0
        self.mtu = mtu == 0 ? nil : mtu
        transmitQueueLength = try first("txQLen").integer()
        dataDir = try keys["dataDir"].nonEmptyText() ?? "/run/cni/tuning"
    }

    private static func unicast(_ place: JSONCursor) throws(CNIError) -> MACAddress? {
        let mac = try place.mac()
        if let mac, mac.isMulticast { throw place.failure("\(mac) is a group address") }
        return mac
    }
}

extension TuningConfiguration.Setting {
    /// Whether the path leads to a place below `net/` and nowhere else.
    fileprivate var isOfNetwork: Bool {
        let parts = Sysctl(key, "").path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count > 2 && parts[0] == "net"
            && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0) }
    }
}
