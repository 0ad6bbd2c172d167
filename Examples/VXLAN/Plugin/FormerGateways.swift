// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import BridgePlugin
internal import CNIPlugin
internal import IPAM
internal import Netlink
internal import NetworkState

/// The bridge's addresses of subnets that the node had before it got another one (`spec.podCIDR` of a node that was
/// deleted and came back).
///
/// Containers that still have addresses of such a subnet keep their gateway; it goes with the next ADD after the last of
/// them.
struct FormerGateways {
    let addresses: [InterfaceAddress]
    private let link: String

    init(_ request: StateRequest<VXLANConfiguration>, _ found: ObservedState) {
        let link = request.configuration.bridge.gatewayLink
        var addresses: [InterfaceAddress] = []
        for case .address(let address, link) in found.all(in: .host) {
            let prefix = address.prefix
            let isCurrent = request.gateways.contains { $0.overlaps(prefix) }
            let isOfCluster = request.configuration.networks.contains {
                $0.length < prefix.length && $0.contains(prefix.network)
            }
            if isOfCluster, !isCurrent { addresses.append(address) }
        }
        self.addresses = addresses
        self.link = link
    }

    /// Has those go that are ours and of whose subnet no address is leased.
    ///
    /// Only for an ADD: another verb has nothing to say about it.
    func removeUnused(from state: inout NetworkState, _ network: NetworkConfiguration) throws(CNIError) {
        for address in addresses where address.protocol == Ownership.routingProtocol {
            let leases = try HostLocal(configuration: network, arguments: CNIArguments())
            if try leases.hasLease(in: address.prefix.network) { continue }
            state.exclude(.address(address, link: link), in: .host, concern: .addition)
        }
    }
}
