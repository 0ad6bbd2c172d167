// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// The links of a pod's attachment.
public struct PodLinks: Hashable, Sendable {
    /// The name of the pod's interface.
    public var interface: String
    /// The name of its other end on the host.
    public var host: String
    /// The MAC address of the pod's interface; nil leaves it to the kernel.
    public var mac: MACAddress?
    /// The MAC address of the other end, which the pod has to know.
    public var hostMAC: MACAddress?

    /// Creates it.
    public init(interface: String, host: String, mac: MACAddress? = nil, hostMAC: MACAddress? = nil) {
        self.interface = interface
        self.host = host
        self.mac = mac
        self.hostMAC = hostMAC
    }
}
