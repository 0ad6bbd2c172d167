// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import NodeAgentCore

/// What an agent writes for the container runtime, and where.
public struct NetworkListOptions: ParsableArguments {
    /// The file to read.
    @Option(
        help: ArgumentHelp(
            "A file with the network configuration list, for --write-conflist.", valueName: "file"))
    public var conflist: String?

    /// The file to write.
    @Option(
        help: ArgumentHelp(
            "Where to write that of --conflist once pods can be attached: kubelet takes the node for ready then.",
            valueName: "path"))
    public var writeConflist: String?

    /// Creates the options as they are without a command line.
    public init() {}

    /// Rejects one without the other.
    public func validate() throws {
        if (conflist == nil) != (writeConflist == nil) {
            throw ValidationError("--conflist and --write-conflist go together")
        }
    }

    /// The list; nil if there is none to write.
    ///
    /// - Parameter plugin: The type of the agent's plugin, which the list has to name.
    /// - Throws: ``AgentError/Code/notConfigured`` for a file that is no list, and for one without the plugin.
    public func list(naming plugin: String) throws(AgentError) -> NetworkList? {
        guard let conflist, let writeConflist else { return nil }
        return try NetworkList(reading: conflist, for: writeConflist, naming: plugin)
    }
}
