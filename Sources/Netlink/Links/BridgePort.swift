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
    }
}
