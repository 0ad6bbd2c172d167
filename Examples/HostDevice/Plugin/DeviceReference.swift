// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import LinuxCore

/// Which device of the host's is meant.
enum DeviceReference: Hashable, Sendable {
    /// A link's name.
    case name(String)
    /// A link's MAC address.
    case mac(MACAddress)
    /// A folder below /sys/devices.
    case kernelPath(String)
    /// A device of the PCI bus (`0000:00:1f.6`), or of the auxiliary bus (`mlx5_core.sf.4`).
    case bus(String)

    /// Refuses what cannot be a device, or would be a path to somewhere else.
    func validate() throws(CNIError) {
        func refuse(_ key: String, _ reason: String) throws(CNIError) {
            throw CNIError(.invalidConfiguration, at: JSONPath().member(key), reason)
        }
        switch self {
        case .name(let name):
            try InterfaceKeys.requireName(name, at: "device")
            if name == "lo" { try refuse("device", "lo cannot leave its namespace") }
        case .mac: break
        case .kernelPath(let path):
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            let isBelow = path.hasPrefix("/sys/devices/") && !parts.contains("..") && !parts.contains(".")
            if !isBelow { try refuse("kernelpath", "\"\(path)\" is not a path below /sys/devices/") }
        case .bus(let number):
            let isName = number.utf8.allSatisfy { byte in
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                    || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || ":._-".utf8.contains(byte)
            }
            if !isName || number.hasPrefix(".") {
                try refuse("pciBusID", "\"\(number)\" is no device of a bus")
            }
        }
    }

    /// The key and the value, for errors.
    var words: String {
        switch self {
        case .name(let name): "device \"\(name)\""
        case .mac(let mac): "hwaddr \(mac)"
        case .kernelPath(let path): "kernelpath \(path)"
        case .bus(let number): "pciBusID \(number)"
        }
    }

    /// The folders of sysfs in which the device's links can be.
    ///
    /// Those of virtio devices are one step further down.
    var linkFolders: [String] {
        switch self {
        case .name, .mac: return []
        case .kernelPath(let path): return ["\(path)/net"]
        case .bus(let number):
            let device = "/sys/bus/pci/devices/\(number)"
            let parts = ((try? Directory.names(in: device)) ?? []).filter { $0.hasPrefix("virtio") }.sorted()
            return ["\(device)/net"] + parts.map { "\(device)/\($0)/net" }
                + ["/sys/bus/auxiliary/devices/\(number)/net"]
        }
    }

    /// Whether a driver of programs (DPDK) has the device: there is no link then.
    var isForPrograms: Bool {
        guard case .bus(let number) = self,
            let driver = try? FileStatus(of: "/sys/bus/pci/devices/\(number)/driver").identity
        else { return false }
        return ["vfio-pci", "uio_pci_generic", "igb_uio"].contains { name in
            (try? FileStatus(of: "/sys/bus/pci/drivers/\(name)"))?.identity == driver
        }
    }
}
