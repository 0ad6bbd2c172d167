// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CNITypes

/// How packets get from node to node: the object `Backend` of the configuration.
public struct OverlayBackend: Hashable, Sendable {
    /// The kinds that this package has.
    public enum Kind: String, Hashable, Sendable {
        /// Packets travel in UDP (RFC 7348).
        case vxlan
        /// Packets are routed as they are; the nodes have to be on one link.
        case hostGateway = "host-gw"
    }

    /// The kind; `vxlan` if the configuration does not say.
    public let kind: Kind
    /// The VXLAN network identifier, 1 by default.
    public let vni: UInt32
    /// The UDP port, 8472 by default, as in the kernel and in flannel.
    public let port: UInt16
    /// Whether packets to nodes on the same link are routed as they are.
    public let directRouting: Bool
    /// The MTU of the nodes' network in bytes, from which a tunnel's headers are subtracted; nil for that
    /// of the interface.
    public let mtu: UInt32?
    /// Whether tunnels learn where MAC addresses are, which nodes need not, since leases say it.
    public let learning: Bool
    /// The first two bytes of tunnels' MAC addresses; nil for any.
    public let macPrefix: UInt16?

    /// The number that flannel and the kernel have in place of RFC 7348's 4789.
    public static let usualPort: UInt16 = 8472

    /// Reads the object; an absent one is VXLAN with what is usual.
    init(_ keys: JSONCursor) throws(CNIError) {
        _ = try keys.members()
        let name = try keys["Type"].nonEmptyText() ?? Kind.vxlan.rawValue
        guard let kind = Kind(rawValue: name) else {
            throw keys["Type"].failure("\"\(name)\" is neither vxlan nor host-gw")
        }
        self.kind = kind
        vni = try keys["VNI"].integer() ?? 1
        guard 1..<1 << 24 ~= vni else { throw keys["VNI"].failure("\(vni) is not 1 to 16777215") }
        let port: UInt16 = try keys["Port"].integer() ?? 0
        self.port = port == 0 ? Self.usualPort : port
        directRouting = try keys["DirectRouting"].bool() ?? false
        let mtu: UInt32 = try keys["MTU"].integer() ?? 0
        guard mtu == 0 || 576...65535 ~= mtu else { throw keys["MTU"].failure("\(mtu) is not 576 to 65535") }
        self.mtu = mtu == 0 ? nil : mtu
        learning = try keys["Learning"].bool() ?? false
        if try keys["GBP"].bool() == true {
            throw keys["GBP"].failure("group-based policies are not supported")
        }
        macPrefix = try keys["MacPrefix"].parsed("two bytes, as 0E-2A, of unicast addresses", Self.macPrefix)
    }

    /// Whether this kind wraps packets.
    public var isTunnel: Bool { kind == .vxlan }

    /// The bytes that a tunnel adds to a packet: Ethernet 14, VXLAN 8, UDP 8, and IPv4 20 or IPv6 40.
    public func overhead(over family: IPAddress.Family) -> UInt32 {
        isTunnel ? (family == .v4 ? 50 : 70) : 0
    }

    /// The name of the family's device: `flannel.1`, `flannel-v6.1`.
    public func deviceName(_ family: IPAddress.Family) -> String { Self.deviceName(family, vni: vni) }

    static func deviceName(_ family: IPAddress.Family, vni: UInt32) -> String {
        family == .v4 ? "flannel.\(vni)" : "flannel-v6.\(vni)"
    }

    /// A random MAC address for a device; the caller must persist it, since the peers remember it.
    public func makeMAC(using generator: inout some RandomNumberGenerator) -> MACAddress {
        let random = MACAddress.random(using: &generator)
        guard let macPrefix else { return random }
        return MACAddress(bits: random.bits & 0xffff_ffff | UInt64(macPrefix) << 32)
    }

    private static func macPrefix(_ text: String) -> UInt16? {
        guard let mac = MACAddress("\(text)-00-00-00-00"), !mac.isMulticast else { return nil }
        return UInt16(truncatingIfNeeded: mac.bits >> 32)
    }

    /// What ``init(_:)`` reads.
    var json: JSON {
        var object = JSONObject()
        object["Type"] = .string(kind.rawValue)
        object["VNI"] = JSON(vni)
        object["Port"] = JSON(port)
        object["DirectRouting"] = .bool(directRouting)
        object["Learning"] = .bool(learning)
        if let mtu { object["MTU"] = JSON(mtu) }
        if let macPrefix {
            let text = MACAddress(bits: UInt64(macPrefix) << 32).description.prefix(5)
            object["MacPrefix"] = .string(String(text.map { $0 == ":" ? "-" : $0 }))
        }
        return .object(object)
    }
}
