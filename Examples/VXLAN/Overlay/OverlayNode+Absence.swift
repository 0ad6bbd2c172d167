// SPDX-License-Identifier: Apache-2.0

internal import Addressing
public import Netlink
public import NetworkState

extension OverlayNode {
    /// What the kernel of a node has to have that leaves the overlay: nothing of ours.
    ///
    /// Devices of the overlay that somebody else has made, and switches that others may rely on, stay.
    ///
    /// - Parameter vni: The overlay's VXLAN network identifier.
    /// - Parameter routeProtocol: The protocol number that the node's routes have.
    public static func absence(
        vni: UInt32, routeProtocol: RoutingProtocol = Self.usualRouteProtocol
    ) -> NetworkState {
        var state = NetworkState(owner: Self.mark)
        for family in IPAddress.Family.allCases {
            state.sweep(.routes(family, protocol: routeProtocol, table: Route.mainTable), in: .host)
            excludeDevice(OverlayBackend.deviceName(family, vni: vni), from: &state)
        }
        state.exclude(.firewall(.table(NFTables.Table(tableName(vni: vni)))), in: .host)
        return state
    }

    /// Has a device go if it has our mark.
    static func excludeDevice(_ name: String, from state: inout NetworkState) {
        var former = LinkState(name)
        former.alias = Self.mark
        state.exclude(.link(former), in: .host)
    }

    /// The nf_tables table that the node's rules are in.
    public var table: NFTables.TableName { Self.tableName(vni: configuration.backend.vni) }

    static func tableName(vni: UInt32) -> NFTables.TableName {
        NFTables.TableName(.inet, "cni_overlay_\(vni)")
    }
}
