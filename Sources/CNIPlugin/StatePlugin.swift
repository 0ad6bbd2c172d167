// SPDX-License-Identifier: Apache-2.0

public import NetworkState

/// A plugin that describes the network it wants, and gets ADD with rollback, CHECK, DEL, GC and STATUS from that.
public protocol StatePlugin: Plugin {
    /// The network that an attachment wants.
    ///
    /// A pure function of the request, except for random MAC addresses: it is asked again for CHECK with the
    /// earlier result in place of new addresses, and for DEL and GC perhaps without any addresses.
    func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState

    /// Looks at what is there before an ADD changes it; may add to the description or refuse.
    func prepare(
        _ state: inout NetworkState, given found: ObservedState, for request: StateRequest<Configuration>
    ) throws(CNIError)

    /// Checks the configuration as far as its types do not; called before anything else, except for DEL and GC.
    func validate(_ configuration: Configuration, _ network: NetworkConfiguration) throws(CNIError)
}

extension StatePlugin {
    /// Leaves the description as it is.
    public func prepare(
        _ state: inout NetworkState, given found: ObservedState, for request: StateRequest<Configuration>
    ) throws(CNIError) {}

    /// Takes every configuration.
    public func validate(_ configuration: Configuration, _ network: NetworkConfiguration) throws(CNIError) {}
}

/// What a description is made from.
public struct StateRequest<Configuration: Sendable>: Sendable {
    /// The verb.
    public let command: Command
    /// The key of the attachment, and its parts; for GC and STATUS of none in particular.
    public let attachment: Attachment?
    /// The plugin's own view of the configuration.
    public let configuration: Configuration
    /// The whole configuration.
    public let network: NetworkConfiguration
    /// CNI_ARGS.
    public let arguments: CNIArguments
    /// Addresses, routes and DNS settings: of the IPAM plugin for ADD, of the earlier result for CHECK and DEL.
    public let addresses: CNIResult
    /// What the whole chain has done, for CHECK and DEL.
    public let previousResult: CNIResult?

    /// The same request with another view of the configuration: for a plugin that builds on another's description.
    public func with<Other: Sendable>(_ configuration: Other) -> StateRequest<Other> {
        StateRequest<Other>(
            command: command, attachment: attachment, configuration: configuration, network: network,
            arguments: arguments, addresses: addresses, previousResult: previousResult)
    }

    /// The key that marks the attachment's objects in the kernel.
    public var owner: String { attachment?.key ?? "" }

    /// The name of the interface in the container.
    public var interface: String { attachment?.interface.rawValue ?? "" }

    /// The MAC address that the container's interface had in the earlier result.
    public var previousMAC: MACAddress? {
        previousResult?.interfaces
            .first { $0.name == interface && !($0.sandbox ?? "").isEmpty }
            .flatMap { $0.mac.flatMap { MACAddress($0) } }
    }
}
