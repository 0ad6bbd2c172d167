// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The tuning plugin: settings of a container's interface and of its network namespace.
///
/// What they were is recorded, and comes back with DEL.
public struct Tuning: ChainedPlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = TuningConfiguration

    /// The plugin's name.
    public static let name = "tuning"
    /// A line for people.
    public static let about = "CNI tuning plugin: changes a container's kernel settings and its interface"
    /// Every key that the plugin reads.
    public static let keys: [String]? = TuningConfiguration.keys

    /// Creates the plugin.
    public init() {}

    /// Reads the keys.
    public static func configuration(from document: JSON) throws(CNIError) -> TuningConfiguration {
        try TuningConfiguration(JSONCursor(document))
    }

    /// The settings that are asked for, and no others.
    public func desiredState(
        for request: StateRequest<TuningConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        if request.attachment == nil { return state }
        for setting in configuration.settings {
            state.add(.sysctl(setting.sysctl(for: request.interface)), in: .container)
        }
        var attributes = LinkAttributes(mtu: configuration.mtu, mac: try mac(request))
        attributes.transmitQueueLength = configuration.transmitQueueLength
        attributes.isPromiscuous = configuration.isPromiscuous ? true : nil
        attributes.isAllMulticast = configuration.isAllMulticast
        if attributes != LinkAttributes() {
            state.add(.link(LinkState(request.interface, nil, attributes)), in: .container)
        }
        return state
    }

    /// Refuses settings that the node's administrator does not allow.
    public func prepare(
        _ state: inout NetworkState, given found: ObservedState,
        for request: StateRequest<TuningConfiguration>
    ) throws(CNIError) {
        if request.configuration.settings.isEmpty { return }
        guard let list = try AllowList.ofNode() else { return }
        for setting in request.configuration.settings where try !list.allows(setting.key) {
            throw CNIError(
                .invalidConfiguration, at: JSONPath().member("sysctl").member(setting.key),
                "not allowed by \(AllowList.path)")
        }
    }

    /// The interface with its new MAC address and MTU.
    public func result(
        _ previous: CNIResult, of state: NetworkState, for request: StateRequest<TuningConfiguration>
    ) -> CNIResult {
        guard let link = state.link(request.interface, in: .container) else { return previous }
        var result = previous
        for index in result.interfaces.indices
        where result.interfaces[index].name == request.interface
            && !(result.interfaces[index].sandbox ?? "").isEmpty
        {
            if let mac = link.attributes.mac { result.interfaces[index].mac = mac.description }
            if let mtu = link.attributes.mtu { result.interfaces[index].mtu = mtu }
        }
        return result
    }

    /// Puts back what the reference plugin has noted, if it was that which made the changes.
    public func conclude(_ request: Request<TuningConfiguration>) throws(CNIError) {
        try ReferenceBackup.restore(for: request)
    }

    /// Of several the one that wins with the Go plugin: `args.cni`, the capability, CNI_ARGS, the configuration.
    private func mac(_ request: StateRequest<TuningConfiguration>) throws(CNIError) -> MACAddress? {
        let configuration = request.configuration
        if let mac = configuration.argumentMAC ?? configuration.runtimeMAC { return mac }
        guard let text = request.arguments["MAC"], !text.isEmpty else { return configuration.mac }
        guard let mac = MACAddress(text), !mac.isMulticast else {
            throw CNIError(
                .invalidEnvironment, "CNI_ARGS: MAC: \"\(text)\" is not the MAC address of an interface")
        }
        return mac
    }
}
