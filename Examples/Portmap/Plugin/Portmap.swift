// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The portmap plugin: ports of the host that lead to a container.
///
/// This file says what an attachment wants; ``PortTable`` is the ruleset.
public struct Portmap: ChainedPlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = PortmapConfiguration

    /// The plugin's name.
    public static let name = "portmap"
    /// A line for people.
    public static let about = "CNI portmap plugin: leads ports of the host to containers"
    /// Every key that the plugin reads.
    public static let keys: [String]? = PortmapConfiguration.keys

    /// Creates the plugin.
    public init() {}

    /// Reads the keys.
    public static func configuration(from document: JSON) throws(CNIError) -> PortmapConfiguration {
        try PortmapConfiguration(JSONCursor(document))
    }

    /// Refuses mappings that contradict each other.
    public func validate(
        _ configuration: PortmapConfiguration, _ network: NetworkConfiguration
    ) throws(CNIError) {
        try configuration.validate()
    }

    /// The table, although the configuration may name no port any more.
    public static func part(of attachment: Attachment) -> NetworkState {
        var state = NetworkState(owner: attachment.key)
        state.add(.firewall(.table(NFTables.Table(PortTable.name))), in: .host, for: .network)
        return state
    }

    /// Refuses ports that would lead nowhere.
    public func prepare(
        _ state: inout NetworkState, given found: ObservedState,
        for request: StateRequest<PortmapConfiguration>
    ) throws(CNIError) {
        if request.attachment == nil || request.configuration.mappings.isEmpty { return }
        if !request.addresses.ips.isEmpty { return }
        throw CNIError(
            .invalidConfiguration, at: "prevResult.ips",
            "\(request.interface) has no address that a port could lead to")
    }

    /// The table, and for each mapping an element that leads to the container's first address of a family.
    public func desiredState(
        for request: StateRequest<PortmapConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else {
            PortTable.add(to: &state, masqueradeBit: configuration.masqueradeBit)
            return state
        }
        let pods = request.firstAddresses
        if configuration.mappings.isEmpty {
            for pod in pods { PortTable.trace(pod, in: &state) }
            return state
        }
        let reached = pods.filter { pod in configuration.mappings.contains { $0.leads(to: pod.family) } }
        if reached.isEmpty { return state }
        PortTable.add(to: &state, masqueradeBit: configuration.masqueradeBit)
        for pod in reached {
            PortTable.add(configuration.mappings, to: pod, configuration, in: &state)
            if configuration.snat, pod.family == .v4 { state.admitLoopback(to: pod.address) }
        }
        return state
    }
}

extension StateRequest {
    /// The first address of each family that the container's interface has.
    fileprivate var firstAddresses: [IPPrefix] {
        var first: [IPPrefix] = []
        for ip in addresses.ips where !first.contains(where: { $0.family == ip.address.family }) {
            first.append(ip.address)
        }
        return first
    }
}
