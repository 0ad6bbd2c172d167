// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// The settings of a bridge, as `ip link add type bridge`.
///
/// In a request nil leaves a setting alone.
public struct Bridge: LinkKindSettings {
    /// Whether ports have VLANs (IEEE 802.1Q).
    ///
    /// Needs CONFIG_BRIDGE_VLAN_FILTERING.
    public var vlanFiltering: Bool?
    /// The VLAN that new ports are in, 0 for none.
    public var defaultVLAN: UInt16?
    /// Whether the bridge speaks the spanning tree protocol.
    public var spanningTree: Bool?
    /// How long a learned address lives, in hundredths of a second.
    public var ageingTime: UInt32?
    /// Whether the bridge forwards multicast only to ports that asked for it.
    public var multicastSnooping: Bool?

    static let kind = "bridge"

    /// Creates settings that leave everything alone.
    public init(vlanFiltering: Bool? = nil, defaultVLAN: UInt16? = nil) {
        self.vlanFiltering = vlanFiltering
        self.defaultVLAN = defaultVLAN
    }

    var isDefault: Bool { self == Bridge() }

    func encode(into request: inout NetlinkRequest) {
        if let vlanFiltering { request.attribute(Int(IFLA_BR_VLAN_FILTERING), UInt8(vlanFiltering ? 1 : 0)) }
        if let defaultVLAN { request.attribute(Int(IFLA_BR_VLAN_DEFAULT_PVID), defaultVLAN) }
        if let spanningTree { request.attribute(Int(IFLA_BR_STP_STATE), UInt32(spanningTree ? 1 : 0)) }
        if let ageingTime { request.attribute(Int(IFLA_BR_AGEING_TIME), ageingTime) }
        if let multicastSnooping {
            request.attribute(Int(IFLA_BR_MCAST_SNOOPING), UInt8(multicastSnooping ? 1 : 0))
        }
    }

    init(_ data: Attributes) {
        vlanFiltering = data.number(Int(IFLA_BR_VLAN_FILTERING), UInt8.self).map { $0 != 0 }
        defaultVLAN = data.number(Int(IFLA_BR_VLAN_DEFAULT_PVID))
        spanningTree = data.number(Int(IFLA_BR_STP_STATE), UInt32.self).map { $0 != 0 }
        ageingTime = data.number(Int(IFLA_BR_AGEING_TIME))
        multicastSnooping = data.number(Int(IFLA_BR_MCAST_SNOOPING), UInt8.self).map { $0 != 0 }
    }
}
