// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import IPAM
internal import Netlink
public import NetworkState

extension Bridge {
    /// Refuses gateways that the bridge's own addresses contradict; IPv6 gateways of a new bridge can be used at once.
    public func prepare(
        _ state: inout NetworkState, given found: ObservedState,
        for request: StateRequest<BridgeConfiguration>
    ) throws(CNIError) {
        useGatewayAtOnce(request, in: &state, found)
        try refuseGatewayOfOthers(request.configuration, found)
        try makeRoom(for: request, in: &state, found)
        try refuseSecondPool(for: request, in: &state, found)
        settleAnnouncement(for: request, in: &state, found)
    }

    /// Two networks that lease the same subnet on one bridge hand out addresses twice: as when a network gets another name
    /// while containers of the former one live.
    private func refuseSecondPool(
        for request: StateRequest<BridgeConfiguration>, in state: inout NetworkState, _ found: ObservedState
    ) throws(CNIError) {
        let bridge = request.configuration.bridge
        guard request.isAddition, request.network.ipamType == "host-local",
            found.link(bridge, in: .host) != nil
        else { return }
        let leases = try HostLocal(configuration: request.network, arguments: CNIArguments())
        guard let other = try leases.otherPool(besides: request.attachment) else { return }
        state.refuse(
            ifOthersUse: bridge,
            "network \(other.network) has leased addresses of \(other.subnet) to containers on \(bridge): "
                + "network \(request.network.name) would hand them out again",
            remedy: "keep the name \(other.network), or detach its containers first; "
                + "a lease of a container that is gone can be removed: \(other.path)")
    }

    /// The bridge's link-local address, which neighbour discovery needs, would be checked for duplicates for up to 2 s.
    private func useGatewayAtOnce(
        _ request: StateRequest<BridgeConfiguration>, in state: inout NetworkState, _ found: ObservedState
    ) {
        let bridge = request.configuration.bridge
        guard request.configuration.isGateway, request.gateways.contains(where: { $0.family == .v6 }),
            found.link(bridge, in: .host) == nil
        else { return }
        let setting = Sysctl("ipv6", "accept_dad", of: bridge, "0")
        state.add(.sysctl(setting), in: .host, for: .network, concern: .addition)
    }

    /// The reference plugin's gateway in a VLAN has the name of ours, and its port has a random one.
    private func refuseGatewayOfOthers(
        _ configuration: BridgeConfiguration, _ found: ObservedState
    ) throws(CNIError) {
        guard configuration.isGateway, configuration.vlan != nil,
            found.link(configuration.gatewayLink, in: .host) != nil,
            found.link(configuration.gatewayPort, in: .host) == nil
        else { return }
        throw CNIError(
            CNIError.notAsDescribed, "\(configuration.gatewayLink) exists and was not made by this plugin",
            details:
                "delete it when no container needs it any more: ip link delete \(configuration.gatewayLink)")
    }

    /// An address of the bridge in a gateway's own network contradicts it, and so does any other one of IPv4.
    private func makeRoom(
        for request: StateRequest<BridgeConfiguration>, in state: inout NetworkState, _ found: ObservedState
    ) throws(CNIError) {
        guard request.configuration.isGateway else { return }
        let link = request.configuration.gatewayLink
        // Beside a gateway that is there already, others' addresses are none of ours to judge.
        for gateway in request.gateways where found[.address(gateway, link), in: .host] == nil {
            for case .address(let address, let link) in found.all(in: .host)
            where link == request.configuration.gatewayLink && address.prefix != gateway {
                let prefix = address.prefix
                guard prefix.family == gateway.family, prefix.family == .v4 || prefix.overlaps(gateway),
                    !request.gateways.contains(prefix), !request.configuration.tolerated.contains(prefix)
                else { continue }
                if request.configuration.forceAddress {
                    state.exclude(.address(address, link: link), in: .host)
                    continue
                }
                let text =
                    "\(link) already has the address \(prefix), which differs from the gateway's \(gateway)"
                let remedy = "forceAddress: true replaces it"
                guard address.protocol == Ownership.routingProtocol else {
                    throw CNIError(CNIError.notAsDescribed, text, details: remedy)
                }
                state.exclude(
                    .address(address, link: link), in: .host, unlessUsed: request.configuration.bridge, text,
                    remedy: remedy)
            }
        }
    }
}
