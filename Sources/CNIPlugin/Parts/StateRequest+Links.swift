// SPDX-License-Identifier: Apache-2.0

public import Netlink
public import NetworkState

extension StateRequest {
    /// The attachment's interface in the container, up and with a MAC address of its own.
    ///
    /// CHECK demands the MAC address of the result; the MTU is only what it begins with.
    ///
    /// - Parameters:
    ///   - kind: What it is; nil for the end of a pair.
    ///   - mtu: In bytes; nil leaves it to the kernel.
    ///   - macs: The addresses that the configuration and the runtime ask for, as for ``mac(asked:otherwise:)``.
    ///   - usual: The address if nobody asks for another.
    public func containerLink(
        _ kind: LinkKind? = nil, mtu: UInt32?, macs: [MACAddress] = [], otherwise usual: MACAddress? = nil
    ) throws(CNIError) -> LinkState {
        var link = LinkState(interface, kind, LinkAttributes(mac: previousMAC, isUp: true))
        link.initial = LinkAttributes(mtu: mtu, mac: try mac(asked: macs, otherwise: usual))
        link.initial.announcesIPv4 = true
        return link
    }
}
