// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin

/// The host-device plugin's keys.
public struct HostDeviceConfiguration: KeyedConfiguration {
    /// Which device, by the first key that says so; nil if none does.
    let device: DeviceReference?
    /// The device's name on the host, once it is known.
    var link: String?
    /// What the result lists in place of a link, for a device that a driver of programs has.
    var withoutLink: CNIResult.Interface?

    /// Every key that is read here.
    public static let keys = ["device", "hwaddr", "kernelpath", "pciBusID", "runtimeConfig.deviceID"]

    /// Reads the keys; a device of the runtime's takes the place of `pciBusID`.
    public init(_ document: JSON) throws(CNIError) {
        let keys = JSONCursor(document)
        let name = try keys["device"].nonEmptyText()
        let mac = try keys["hwaddr"].mac()
        let path = try keys["kernelpath"].nonEmptyText()
        let pci = try keys["pciBusID"].nonEmptyText()
        let number = try keys["runtimeConfig"]["deviceID"].nonEmptyText() ?? pci
        link = name
        if let name {
            device = .name(name)
        } else if let mac {
            device = .mac(mac)
        } else if let path {
            device = .kernelPath(path)
        } else {
            device = number.map { .bus($0) }
        }
    }

    /// Refuses what no ADD can take.
    public func validate() throws(CNIError) {
        guard let device else {
            throw CNIError(
                .invalidConfiguration, at: "device", "missing, and so are hwaddr, kernelpath and pciBusID")
        }
        try device.validate()
    }
}
