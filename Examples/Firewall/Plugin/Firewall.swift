// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The firewall plugin: lets containers' packets through the host, and keeps containers from each other.
///
/// This file says what an attachment wants; ``AdmissionTable`` and ``IsolationTable`` are the rulesets.
public struct Firewall: ChainedPlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = FirewallConfiguration

    /// The plugin's name.
    public static let name = "firewall"
    /// A line for people.
    public static let about =
        "CNI firewall plugin: lets containers' packets through, and keeps containers apart"
    /// Every key that the plugin reads.
    public static let keys: [String]? = FirewallConfiguration.keys

    /// Creates the plugin.
    public init() {}

    /// Reads the keys.
    public static func configuration(from document: JSON) throws(CNIError) -> FirewallConfiguration {
        try FirewallConfiguration(JSONCursor(document))
    }

    /// The tables, and for each address an element that has its packets let through.
    public func desiredState(
        for request: StateRequest<FirewallConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        AdmissionTable.add(to: &state, adminChain: configuration.adminChain)
        // A GC removes it, too, when the policy is another by now.
        if configuration.ingressPolicy == .isolated || request.attachment == nil {
            IsolationTable.add(to: &state)
        }
        if request.attachment == nil { return state }
        let addresses = request.addresses.ips.map(\.address.address)
        AdmissionTable.admit(addresses, in: &state)
        if configuration.ingressPolicy != .open, let bridge = request.bridge {
            AdmissionTable.close(addresses, to: bridge, configuration.ingressPolicy, in: &state)
        } else {
            AdmissionTable.trace(addresses, in: &state)
        }
        if configuration.ingressPolicy == .isolated {
            IsolationTable.isolate(addresses, in: &state)
        } else {
            IsolationTable.trace(addresses, in: &state)
        }
        return state
    }

    /// Both tables, although the configuration may name no policy any more.
    public static func part(of attachment: Attachment) -> NetworkState {
        var state = NetworkState(owner: attachment.key)
        for name in [AdmissionTable.name, IsolationTable.name] {
            state.add(.firewall(.table(NFTables.Table(name))), in: .host, for: .network)
        }
        return state
    }

    /// Refuses a policy for what is on no bridge.
    public func prepare(
        _ state: inout NetworkState, given found: ObservedState,
        for request: StateRequest<FirewallConfiguration>
    ) throws(CNIError) {
        guard request.attachment != nil, request.configuration.ingressPolicy != .open, request.bridge == nil
        else { return }
        throw CNIError(
            .invalidConfiguration, at: "prevResult.interfaces",
            "ingressPolicy needs the bridge, which is the first interface on the host")
    }
}

extension StateRequest {
    /// The link by which a container's neighbours are reached: the first one on the host.
    fileprivate var bridge: String? {
        previousResult?.interfaces.first { ($0.sandbox ?? "").isEmpty }?.name
    }
}
