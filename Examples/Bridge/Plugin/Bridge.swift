// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The bridge plugin: a veth pair from the container to a software switch on the host.
///
/// This file is the network; everything else (building, checking, undoing, removing) follows from it.
public struct Bridge: StatePlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = BridgeConfiguration

    /// The plugin's name.
    public static let name = "bridge"
    /// A line for people.
    public static let about = "CNI bridge plugin: connects containers to a bridge on the host"

    /// Creates the plugin.
    public init() {}

    /// Reads the keys.
    public static func configuration(from document: JSON) throws(CNIError) -> BridgeConfiguration {
        try BridgeConfiguration(JSONCursor(document))
    }

    /// Refuses what contradicts itself.
    public func validate(
        _ configuration: BridgeConfiguration, _ network: NetworkConfiguration
    ) throws(CNIError) {
        try configuration.validate(hasIPAM: network.ipamType != nil)
    }

    /// With `isDefaultGateway` a default route for each family that has an address and no default route.
    public func supplement(
        _ addresses: CNIResult, for configuration: BridgeConfiguration
    ) -> CNIResult {
        configuration.isDefaultGateway ? addresses.withDefaultRoutes : addresses
    }

    /// The bridge with its gateway, the pair, the container's addresses and routes, and the rules for them.
    public func desiredState(
        for request: StateRequest<BridgeConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        addBridge(to: &state, request)
        if request.attachment != nil {
            try addPair(to: &state, request)
            state.configure(request, detectsDuplicates: configuration.enabledad)
        }
        if configuration.isGateway { addGateways(to: &state, request) }
        if configuration.ipMasq { state.masquerade(request.addresses.ips.map(\.address)) }
        if configuration.macspoofchk {
            SpoofCheck.add(to: &state, owner: request.attachment.map(\.key), request)
        }
        return state
    }

    private func addBridge(to state: inout NetworkState, _ request: StateRequest<BridgeConfiguration>) {
        let configuration = request.configuration
        var kind = Netlink.Bridge(vlanFiltering: configuration.hasVLANs ? true : nil)
        var bridge = LinkState(configuration.bridge, .bridge(kind))
        if configuration.isGateway {
            // Without a querier snooping does nothing here, but the kernel restarts the timers of all ports whenever one
            // comes up or goes (br_port_state_selection()).
            kind.multicastSnooping = false
            bridge.initialKind = .bridge(kind)
        }
        bridge.attributes = LinkAttributes(isUp: true)
        if configuration.promiscMode { bridge.attributes.isPromiscuous = true }
        // A bridge without a MAC address of its own takes the lowest of its ports', and changes it when that port goes:
        // neighbour tables would hold a stale address of the gateway until they time out.
        // Living containers find the same address again if the bridge is lost and made again.
        let usual = configuration.isGateway ? request.gateways.first.map { MACAddress(of: $0.address) } : nil
        bridge.initial.mac = usual ?? request.randomSharedMAC
        bridge.keepsMAC = configuration.isGateway
        state.add(link: bridge, in: .host, for: .network)
    }

    private func addPair(
        to state: inout NetworkState, _ request: StateRequest<BridgeConfiguration>
    ) throws(CNIError) {
        let configuration = request.configuration
        let mtu = configuration.mtu > 0 ? configuration.mtu : nil
        var host = LinkState(request.hostInterface(), nil, LinkAttributes(isUp: true))
        host.initial = LinkAttributes(mtu: mtu, mac: request.randomHostMAC)
        host.master = configuration.bridge
        // A port has no use for an address of its own. The reference plugin's have one, which does no harm. Without IPv6 at all
        // (disable_ipv6) the kernel would have less to do, but writing that waits for other changes of links in a loop
        // (restart_syscall() in addrconf_disable_ipv6()).
        host.initial.ipv6AddressGeneration = LinkAttributes.IPv6AddressGeneration.none
        var port = BridgePort()
        port.hairpin = configuration.hairpinMode
        port.isolated = configuration.portIsolation ? true : nil
        host.port = port
        var container = try request.containerLink(
            mtu: mtu, macs: configuration.macs, otherwise: usualMAC(request))
        if configuration.disableContainerInterface {
            (container.attributes.isUp, container.initial.announcesIPv4) = (nil, nil)
        }
        state.addVeth(host: host, container: container)
        addVLANs(configuration.portVLANs, of: host.name, to: &state, for: .attachment, request)
    }

    /// An ADD leaves the port in no other VLANs, unless the bridge's default VLAN is to be kept; later plugins of the
    /// chain may add some.
    private func addVLANs(
        _ vlans: [BridgeVLAN], of port: String, to state: inout NetworkState, for lifetime: Lifetime,
        _ request: StateRequest<BridgeConfiguration>
    ) {
        for vlan in vlans { state.add(.vlan(vlan, link: port), in: .host, for: lifetime) }
        let configuration = request.configuration
        if configuration.hasVLANs, !configuration.preserveDefaultVlan {
            state.sweep(.vlans(link: port), in: .host, for: lifetime, concern: .addition)
        }
    }

    private func addGateways(to state: inout NetworkState, _ request: StateRequest<BridgeConfiguration>) {
        let gateways = request.gateways
        if let vlan = request.configuration.vlan { addGatewayPort(to: &state, vlan, request) }
        state.add(
            addresses: gateways.map { InterfaceAddress($0, skipsDAD: true) },
            to: request.configuration.gatewayLink, in: .host, for: .network)
        state.forward(gateways)
    }

    /// With an access VLAN the gateway is a port of its own in that VLAN: a veth pair on the host.
    private func addGatewayPort(
        to state: inout NetworkState, _ vlan: UInt16, _ request: StateRequest<BridgeConfiguration>
    ) {
        let configuration = request.configuration
        let link = configuration.gatewayLink
        var port = LinkState(configuration.gatewayPort, .veth(Veth()), LinkAttributes(isUp: true))
        port.master = configuration.bridge
        port.peer = LinkState.Peer(.host, link)
        var gateway = LinkState(link, .veth(Veth()), LinkAttributes(isUp: true))
        gateway.peer = LinkState.Peer(.host, port.name)
        state.add(link: port, in: .host, for: .network)
        state.add(link: gateway, in: .host, for: .network)
        let access = BridgeVLAN(vlan, isNative: true, isUntagged: true)
        addVLANs([access], of: port.name, to: &state, for: .network, request)
    }
}
