// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import Netlink
internal import NetworkState

extension StateRequest<BridgeConfiguration> {
    /// The container's MAC address: the earlier result's, the one asked for, or a random one.
    ///
    /// One that is set by us is never changed again by udev's MACAddressPolicy, as a kernel's own would be.
    var mac: MACAddress? {
        if command == .check || command == .delete { return previousMAC }
        if let mac = configuration.macs.first { return mac }
        if let mac = arguments["MAC"].flatMap({ MACAddress($0) }) { return mac }
        return randomMAC
    }

    /// The MAC address of the pair's end on the host: udev would change a kernel's own one when the result has told it
    /// already.
    var hostMAC: MACAddress? { command == .add ? randomMAC : nil }

    private var randomMAC: MACAddress {
        var generator = SystemRandomNumberGenerator()
        return MACAddress.random(using: &generator)
    }

    /// The name of the pair's end on the host: always the same for an attachment, so that a deletion finds it
    /// without a result, and 15 bytes long.
    var hostInterface: String {
        guard let attachment else { return "" }
        let network = StableHash.text(attachment.network.rawValue, length: 3)
        return "veth\(network)\(StableHash.text(attachment.key, length: 8))"
    }

    /// The gateways' addresses with the length of the networks they are in.
    var gateways: [IPPrefix] {
        addresses.ips.compactMap { ip in
            let gateway = ip.gateway ?? ip.address.first.advanced(by: 1)
            return gateway.flatMap { IPPrefix($0, length: ip.address.length) }
        }
    }

    /// A default route for each family that has an address and no default route.
    var missingDefaultRoutes: [CNIResult.Route] {
        gateways.compactMap { gateway in
            let everything = IPPrefix.everything(gateway.family)
            let isThere = addresses.routes.contains { $0.destination == everything }
            return isThere ? nil : CNIResult.Route(destination: everything, gateway: gateway.address)
        }
    }
}

extension Route {
    /// A route of a result; without a gateway of its own it goes by the first one of its family.
    init(_ route: CNIResult.Route, of result: CNIResult) {
        let family = route.destination.family
        let gateway =
            route.gateway ?? result.ips.first { $0.address.family == family && $0.gateway != nil }?.gateway
        let isLocal = route.gateway == nil && route.scope == 253
        self.init(route.destination, via: isLocal ? nil : gateway)
        mtu = route.mtu
        advmss = route.advmss
        priority = route.priority
        table = route.table ?? Self.mainTable
        scope = route.scope
    }
}

/// A hash that stays the same from version to version: names in the kernel are made of it.
enum StableHash {
    /// `length` letters and digits, 5 bits each, of the 64-bit FNV-1a hash of a text.
    static func text(_ text: String, length: Int) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        // FNV's high bits are the better mixed ones once more is folded into them.
        hash = (hash ^ hash >> 32) &* 0x9e37_79b9_7f4a_7c15
        let letters = (0..<length).map { place in
            let digit = UInt8(truncatingIfNeeded: hash >> UInt64(59 - 5 * place)) & 31
            return digit < 26 ? UInt8(ascii: "a") + digit : UInt8(ascii: "2") + digit - 26
        }
        return String(decoding: letters, as: UTF8.self)
    }
}
