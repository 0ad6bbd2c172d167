// SPDX-License-Identifier: Apache-2.0

/// A request about one attachment: ADD, CHECK or DEL.
///
/// All of it is valid when a plugin sees it.
public struct Request<Configuration: Sendable>: Sendable {
    /// The verb.
    public let command: Command
    /// Which attachment.
    public let attachment: Attachment
    /// The path of the container's namespace; nil only for DEL, when the container is gone.
    public let namespacePath: String?
    /// CNI_ARGS.
    public let arguments: CNIArguments
    /// The plugin's own view of the configuration.
    public let configuration: Configuration
    /// The whole configuration.
    public let network: NetworkConfiguration
    /// The plugin that hands out addresses; nil if the configuration names none.
    public let ipam: Delegate?
    /// The name of the plugin that is asked: each of a chain has its own records.
    let plugin: String
    /// The folder for records of what the kernel has no room to mark; nil for the usual one.
    let recordPath: String?
    /// What the plugin was called with, for those that it calls.
    let invocation: Invocation

    /// The name of the interface in the container.
    public var interface: String { attachment.interface.rawValue }

    /// The same request with another view of the configuration.
    func with(_ configuration: Configuration) -> Request {
        Request(
            command: command, attachment: attachment, namespacePath: namespacePath, arguments: arguments,
            configuration: configuration, network: network, ipam: ipam, plugin: plugin,
            recordPath: recordPath, invocation: invocation)
    }

    /// What the earlier plugins, or for CHECK and DEL all plugins, have done.
    public var previousResult: CNIResult? {
        get throws(CNIError) { try network.previousResult }
    }
}

/// A request about a network as a whole: GC or STATUS.
public struct NetworkRequest<Configuration: Sendable>: Sendable {
    /// The verb.
    public let command: Command
    /// The plugin's own view of the configuration.
    public let configuration: Configuration
    /// The whole configuration.
    public let network: NetworkConfiguration
    /// The plugin that hands out addresses; nil if the configuration names none.
    public let ipam: Delegate?
    /// The name of the plugin that is asked: each of a chain has its own records.
    let plugin: String
    /// The folder for records of what the kernel has no room to mark; nil for the usual one.
    let recordPath: String?
    /// What the plugin was called with, for those that it calls.
    let invocation: Invocation

    /// The attachments that GC has to keep.
    public var validAttachments: Set<AttachmentReference> { Set(network.validAttachments ?? []) }
}
