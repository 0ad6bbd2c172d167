// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// The settings of a link as a port of a bridge, as `bridge link set`.
///
/// In a request nil leaves a setting alone.
public struct BridgePort: Hashable, Sendable {
    /// The spanning-tree state of a port (BR_STATE_…).
    public enum State: UInt8, Hashable, Sendable {
        /// No frame passes: the port's link is down.
        case disabled
        /// Only spanning tree's own frames pass, to listen for other bridges.
        case listening
        /// Addresses are learned, no frame passes.
        case learning
        /// Frames pass.
        case forwarding
        /// The spanning tree has closed the port.
        case blocking
    }

    /// Whether a frame may leave through the port it came in by.
    public var hairpin: Bool?
    /// Whether the port can talk only to ports that are not isolated (Linux 4.18).
    public var isolated: Bool?
    /// Whether the bridge learns addresses from the port's frames.
    public var learning: Bool?
    /// Whether frames to unknown addresses leave through the port.
    public var unicastFlood: Bool?
    /// The port's state.
    ///
    /// Setting it to forwarding saves waiting for the kernel's own link watch.
    public var state: State?
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// Creates settings that leave everything alone.
    public init() {}

    func encode(into request: inout NetlinkRequest) {
        request.nest(Int(IFLA_LINKINFO)) { request in
            request.attribute(Int(IFLA_INFO_SLAVE_KIND), Bridge.kind)
            request.nest(Int(IFLA_INFO_SLAVE_DATA)) { request in
                func set(_ kind: Int, _ isOn: Bool?) {
                    if let isOn { request.attribute(kind, UInt8(isOn ? 1 : 0)) }
                }
                set(Int(IFLA_BRPORT_MODE), hairpin)
                set(Int(IFLA_BRPORT_ISOLATED), isolated)
                set(Int(IFLA_BRPORT_LEARNING), learning)
                set(Int(IFLA_BRPORT_UNICAST_FLOOD), unicastFlood)
                if let state { request.attribute(Int(IFLA_BRPORT_STATE), state.rawValue) }
                request.append(other)
            }
        }
    }

    /// Decodes an IFLA_LINKINFO; nil if the link is no bridge's port.
    init?(_ information: Attributes) throws(MalformedMessage) {
        guard information.string(Int(IFLA_INFO_SLAVE_KIND)) == Bridge.kind else { return nil }
        let data = try information.nest(Int(IFLA_INFO_SLAVE_DATA))
        hairpin = try data.bool(Int(IFLA_BRPORT_MODE))
        isolated = try data.bool(Int(IFLA_BRPORT_ISOLATED))
        learning = try data.bool(Int(IFLA_BRPORT_LEARNING))
        unicastFlood = try data.bool(Int(IFLA_BRPORT_UNICAST_FLOOD))
        state = try data.number(Int(IFLA_BRPORT_STATE), UInt8.self).flatMap(State.init)
        other = data.others(than: Self.known)
    }

    /// The settings above, and what is no setting: the state of the spanning tree and of rings, timers and counters.
    private static let known = AttributeKinds([
        IFLA_BRPORT_MODE, IFLA_BRPORT_ISOLATED, IFLA_BRPORT_LEARNING, IFLA_BRPORT_UNICAST_FLOOD,
        IFLA_BRPORT_STATE,
        IFLA_BRPORT_ROOT_ID, IFLA_BRPORT_BRIDGE_ID, IFLA_BRPORT_DESIGNATED_PORT, IFLA_BRPORT_DESIGNATED_COST,
        IFLA_BRPORT_ID, IFLA_BRPORT_NO, IFLA_BRPORT_TOPOLOGY_CHANGE_ACK, IFLA_BRPORT_CONFIG_PENDING,
        IFLA_BRPORT_MESSAGE_AGE_TIMER, IFLA_BRPORT_FORWARD_DELAY_TIMER, IFLA_BRPORT_HOLD_TIMER,
        IFLA_BRPORT_PAD,
        IFLA_BRPORT_MCAST_EHT_HOSTS_CNT, IFLA_BRPORT_MRP_RING_OPEN, IFLA_BRPORT_MRP_IN_OPEN,
        // IFLA_BRPORT_MCAST_N_GROUPS (Linux 6.3), which older headers do not have.
        41,
    ])
}
