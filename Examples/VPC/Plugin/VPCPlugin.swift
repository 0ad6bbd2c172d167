// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState
internal import VPCNetwork

/// The vpc-eni plugin: a pod with addresses of the VPC, by an ENI that pods share, by one of its own, or by a branch of a
/// trunk.
///
/// Which addresses, and of which ENI, the node's agent says; the ENIs themselves, their tables and the translation of
/// what leaves the VPC are the agent's, too (``NodeNetwork``).
public struct VPCPlugin: StatePlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = VPCConfiguration

    /// The plugin's name.
    public static let name = "vpc-eni"
    /// A line for people.
    public static let about = "CNI vpc-eni plugin: connects pods to a VPC by the node's ENIs"

    /// Every key that it reads.
    public static let keys: [String]? = VPCConfiguration.keys

    /// Creates the plugin.
    public init() {}

    /// Reads the keys.
    public static func configuration(from document: JSON) throws(CNIError) -> VPCConfiguration {
        try VPCConfiguration(JSONCursor(document))
    }

    /// Refuses what contradicts itself.
    public func validate(
        _ configuration: VPCConfiguration, _ network: NetworkConfiguration
    ) throws(CNIError) {
        try configuration.validate()
        if network.ipamType != nil {
            throw CNIError(
                .invalidConfiguration, at: "ipam", "vpc-agent gives the addresses, which are the ENIs' own")
        }
    }

    /// The addresses that the agent has given, and the way to everything by the gateway.
    public func supplement(_ addresses: CNIResult, for configuration: VPCConfiguration) -> CNIResult {
        var result = addresses
        for (address, gateway) in configuration.allocation?.interfaceAddresses ?? [] {
            result.ips.append(CNIResult.IPConfiguration(address: address, gateway: gateway))
            result.routes.append(
                CNIResult.Route(destination: .everything(address.family), gateway: gateway))
        }
        return result
    }

    /// The pod's links and addresses, and the node's rules and routes for it.
    public func desiredState(
        for request: StateRequest<VPCConfiguration>
    ) throws(CNIError) -> NetworkState {
        var state = NetworkState(owner: request.owner)
        guard let attachment = request.attachment else { return state }
        guard let allocation = request.configuration.allocation else {
            addWhatIsKnown(of: attachment, to: &state, request)
            return state
        }
        let host = hostLink(of: attachment, allocation, request)
        state.add(
            allocation,
            PodLinks(
                interface: request.interface, host: host,
                mac: try request.mac(asked: request.configuration.macs),
                hostMAC: request.hostMAC(of: host)))
        if allocation.mode != .exclusive { addGatewayRoutes(to: &state, request) }
        state.configure(request)
        return state
    }

    /// The gateway is on the pod's link although no network says so.
    private func addGatewayRoutes(to state: inout NetworkState, _ request: StateRequest<VPCConfiguration>) {
        for ip in request.addresses.ips {
            guard let gateway = ip.gateway, gateway.family == .v4 else { continue }
            state.add(
                routes: [Route(IPPrefix(host: gateway))], through: request.interface, in: .container)
        }
    }

    /// The names of the attachment's links, for DEL: everything else carries its mark or is in its record.
    private func addWhatIsKnown(
        of attachment: Attachment, to state: inout NetworkState, _ request: StateRequest<VPCConfiguration>
    ) {
        let configuration = request.configuration
        if configuration.mode == .exclusive {
            var link = LinkState(request.interface)
            link.loan = LinkState.Peer(.host, request.interface)
            return state.add(link: link, in: .container)
        }
        let vlans = request.previousVLANs
        if configuration.mode == .branch || !vlans.isEmpty {
            for vlan in vlans.isEmpty ? [configuration.branch?.vlan ?? 0] : vlans {
                state.add(
                    link: LinkState(PodAttachment.branchLink(vlan), .vlan(VLAN(id: vlan))), in: .host)
            }
        }
        state.addVeth(
            host: LinkState(hostLink(of: attachment, nil, request)), container: LinkState(request.interface))
    }

    /// The name of the pod's link on the host.
    func hostLink(
        of attachment: Attachment, _ allocation: PodAttachment?, _ request: StateRequest<VPCConfiguration>
    ) -> String {
        let isStrict = allocation?.branch?.isStrict == true
        return HostLinkName.name(
            prefix: isStrict ? HostLinkName.strictPrefix : request.configuration.linkPrefix,
            pod: PodReference(request.arguments), attachment: attachment)
    }
}

extension StateRequest {
    /// The VLANs of branches that an earlier result lists.
    fileprivate var previousVLANs: [UInt16] {
        let prefix = "vlan.eth."
        return (previousResult?.interfaces ?? []).compactMap { interface in
            guard (interface.sandbox ?? "").isEmpty, interface.name.hasPrefix(prefix) else { return nil }
            return UInt16(interface.name.dropFirst(prefix.utf8.count))
        }
    }
}
