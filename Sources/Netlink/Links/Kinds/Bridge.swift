// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// The settings of a bridge, as `ip link add type bridge`.
///
/// In a request nil leaves a setting alone.
public struct Bridge: LinkKindSettings {
    /// Whether ports have VLANs (IEEE 802.1Q).
    ///
    /// Needs CONFIG_BRIDGE_VLAN_FILTERING; nil for a bridge of a kernel without.
    public var vlanFiltering: Bool?
    /// The VLAN that new ports are in, 0 for none.
    public var defaultVLAN: UInt16?
    /// Whether the bridge speaks the spanning tree protocol.
    public var spanningTree: Bool?
    /// How long a learned address lives, in hundredths of a second.
    public var ageingTime: UInt32?
    /// Whether the bridge forwards multicast only to ports that asked for it.
    public var multicastSnooping: Bool?
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// `bridge`.
    public static let kind = "bridge"

    /// Creates settings that leave everything alone.
    public init(vlanFiltering: Bool? = nil, defaultVLAN: UInt16? = nil) {
        self.vlanFiltering = vlanFiltering
        self.defaultVLAN = defaultVLAN
    }

    /// `bridge vlan_filtering 1`.
    public var words: String {
        var text = Self.kind
        if let vlanFiltering { text += " vlan_filtering \(vlanFiltering ? 1 : 0)" }
        if let defaultVLAN { text += " vlan_default_pvid \(defaultVLAN)" }
        if let spanningTree { text += " stp_state \(spanningTree ? 1 : 0)" }
        if let ageingTime { text += " ageing_time \(ageingTime)" }
        if let multicastSnooping { text += " mcast_snooping \(multicastSnooping ? 1 : 0)" }
        return text
    }

    /// Appends the settings that are not nil.
    public func encode(into data: inout AttributeWriter) {
        if let vlanFiltering { data.bool(Int(IFLA_BR_VLAN_FILTERING), vlanFiltering) }
        if let defaultVLAN { data.number(Int(IFLA_BR_VLAN_DEFAULT_PVID), defaultVLAN) }
        if let spanningTree { data.number(Int(IFLA_BR_STP_STATE), UInt32(spanningTree ? 1 : 0)) }
        if let ageingTime { data.number(Int(IFLA_BR_AGEING_TIME), ageingTime) }
        if let multicastSnooping { data.bool(Int(IFLA_BR_MCAST_SNOOPING), multicastSnooping) }
        data.append(other)
    }

    /// Decodes what the kernel reports.
    public init(_ data: Attributes) throws(MalformedMessage) {
        // Without CONFIG_BRIDGE_VLAN_FILTERING the kernel reports that it is off, and refuses the setting.
        let hasVLANs = data[Int(IFLA_BR_VLAN_PROTOCOL)] != nil
        vlanFiltering = hasVLANs ? try data.bool(Int(IFLA_BR_VLAN_FILTERING)) : nil
        defaultVLAN = try data.number(Int(IFLA_BR_VLAN_DEFAULT_PVID))
        spanningTree = try data.number(Int(IFLA_BR_STP_STATE), UInt32.self).map { $0 != 0 }
        ageingTime = try data.number(Int(IFLA_BR_AGEING_TIME))
        multicastSnooping = try data.bool(Int(IFLA_BR_MCAST_SNOOPING))
        other = data.others(than: Self.known)
        if let bytes = data[Int(IFLA_BR_MULTI_BOOLOPT)] {
            // struct br_boolopt_multi: values, and which of them count. The kernel refuses some that it was built without
            // even when they are off.
            let values = try bytes.header(UInt32.self)
            if values != 0 {
                other.append(
                    Int(IFLA_BR_MULTI_BOOLOPT), withUnsafeBytes(of: (values, values)) { [UInt8]($0) })
            }
        }
    }

    /// The settings above, and what is no setting: the state of the spanning tree, of timers and of the querier, the
    /// number of learned addresses, and the group address, which is fixed for good once it has been written.
    private static let known = AttributeKinds([
        IFLA_BR_VLAN_FILTERING, IFLA_BR_VLAN_DEFAULT_PVID, IFLA_BR_STP_STATE, IFLA_BR_AGEING_TIME,
        IFLA_BR_MCAST_SNOOPING, IFLA_BR_ROOT_ID, IFLA_BR_BRIDGE_ID, IFLA_BR_ROOT_PORT, IFLA_BR_ROOT_PATH_COST,
        IFLA_BR_TOPOLOGY_CHANGE, IFLA_BR_TOPOLOGY_CHANGE_DETECTED, IFLA_BR_HELLO_TIMER, IFLA_BR_TCN_TIMER,
        IFLA_BR_TOPOLOGY_CHANGE_TIMER, IFLA_BR_GC_TIMER, IFLA_BR_GROUP_ADDR, IFLA_BR_MCAST_QUERIER_STATE,
        IFLA_BR_MULTI_BOOLOPT,
        // IFLA_BR_FDB_N_LEARNED (Linux 6.7), which older headers do not have.
        48,
    ])

    /// Everything can be changed.
    public func fit(_ found: Bridge) -> LinkKindFit {
        fits(vlanFiltering, found.vlanFiltering ?? false) && fits(defaultVLAN, found.defaultVLAN)
            && fits(spanningTree, found.spanningTree) && fits(ageingTime, found.ageingTime)
            && fits(multicastSnooping, found.multicastSnooping) ? .same : .changeable
    }

    /// What differs.
    public func changes(from found: Bridge) -> (wanted: Bridge, found: Bridge) {
        var (wanted, had) = (Bridge(), Bridge())
        difference(vlanFiltering, found.vlanFiltering ?? false, &wanted.vlanFiltering, &had.vlanFiltering)
        difference(defaultVLAN, found.defaultVLAN, &wanted.defaultVLAN, &had.defaultVLAN)
        difference(spanningTree, found.spanningTree, &wanted.spanningTree, &had.spanningTree)
        difference(ageingTime, found.ageingTime, &wanted.ageingTime, &had.ageingTime)
        difference(
            multicastSnooping, found.multicastSnooping, &wanted.multicastSnooping, &had.multicastSnooping)
        return (wanted, had)
    }
}
