// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension LinkAttributes {
    /// These settings, and where they say nothing others.
    func completed(by other: LinkAttributes) -> LinkAttributes {
        if other == LinkAttributes() { return self }
        var all = self
        all.mtu = mtu ?? other.mtu
        all.mac = mac ?? other.mac
        all.isUp = isUp ?? other.isUp
        all.alias = alias ?? other.alias
        all.transmitQueueLength = transmitQueueLength ?? other.transmitQueueLength
        all.isPromiscuous = isPromiscuous ?? other.isPromiscuous
        all.isAllMulticast = isAllMulticast ?? other.isAllMulticast
        all.ipv6AddressGeneration = ipv6AddressGeneration ?? other.ipv6AddressGeneration
        all.announcesIPv4 = announcesIPv4 ?? other.announcesIPv4
        return all
    }

    /// The settings that a link can be created with in another namespace.
    var forCreation: LinkAttributes {
        var part = LinkAttributes(mtu: mtu, mac: mac)
        part.transmitQueueLength = transmitQueueLength
        return part
    }

    /// The settings that it takes a second request for.
    var afterCreation: LinkAttributes {
        var part = self
        (part.mtu, part.mac, part.transmitQueueLength) = (nil, nil, nil)
        return part
    }
}
