// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The dummy plugin: a link of the container's that leads nowhere and has addresses.
public struct DummyPlugin: StatePlugin {
    /// What the plugin reads of the configuration.
    public struct Configuration: Sendable {}

    /// The plugin's name.
    public static let name = "dummy"
    /// A line for people.
    public static let about = "CNI dummy plugin: gives a container addresses on a link that leads nowhere"
    /// It has no keys beside those that all plugins have.
    public static let keys: [String]? = []

    /// Creates the plugin.
    public init() {}

    /// Reads nothing.
    public static func configuration(from document: JSON) throws(CNIError) -> Configuration {
        Configuration()
    }

    /// Refuses a configuration without addresses, for which alone there is such a link.
    public func validate(
        _ configuration: Configuration, _ network: NetworkConfiguration
    ) throws(CNIError) {
        if network.ipamType == nil {
            throw CNIError(.invalidConfiguration, at: "ipam", "a dummy interface is there for addresses")
        }
    }

    /// The link, its addresses and routes.
    public func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState {
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else { return state }
        var link = try request.containerLink(.dummy(Dummy()), mtu: nil)
        // Nobody could hear it.
        link.initial.announcesIPv4 = nil
        state.add(link: link, in: .container)
        state.configure(request)
        return state
    }
}
