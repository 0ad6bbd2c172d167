// SPDX-License-Identifier: Apache-2.0

/// Where plugins are found and run: the place for a runtime's own way, such as in a chroot or in a container.
///
/// ``ProcessExecutor`` is the usual one.
public protocol PluginExecutor: Sendable {
    /// The path of a plugin's executable.
    ///
    /// - Throws: ``RuntimeError/Reason/notFound`` if there is none.
    func find(_ plugin: String, in folders: [String]) throws(RuntimeError) -> String

    /// Runs a plugin to its end.
    ///
    /// That the plugin failed is an output; that it could not be run, or not to its end, is an error:
    /// ``RuntimeError/Reason/notStarted``, ``RuntimeError/Reason/timedOut``, ``RuntimeError/Reason/cancelled``,
    /// ``RuntimeError/Reason/badAnswer`` for too much output.
    func execute(_ call: PluginCall) async throws(RuntimeError) -> PluginOutput
}

/// One execution of a plugin, ready to run.
public struct PluginCall: Sendable {
    /// The plugin's type, for messages.
    public var plugin: String
    /// The executable.
    public var path: String
    /// The verb, which is also in the environment.
    public var command: Command
    /// All environment variables of the plugin.
    public var environment: [String: String]
    /// The request's configuration, for standard input.
    public var input: [UInt8]
    /// How long the plugin may run.
    public var timeLimit: Duration?

    /// Creates a call.
    public init(
        plugin: String, path: String, command: Command, environment: [String: String], input: [UInt8],
        timeLimit: Duration?
    ) {
        self.plugin = plugin
        self.path = path
        self.command = command
        self.environment = environment
        self.input = input
        self.timeLimit = timeLimit
    }
}

/// What became of a plugin that ran to its end.
public struct PluginOutput: Hashable, Sendable {
    /// How a process ends.
    public enum Ending: Hashable, Sendable {
        /// With an exit status.
        case exited(Int32)
        /// By a signal of that number.
        case signalled(Int32)

        /// The exit status; nil if a signal ended it.
        var exitStatus: Int32? {
            if case .exited(let status) = self { return status }
            return nil
        }
    }

    /// How it ended.
    public var ending: Ending
    /// What it wrote on its standard output.
    public var output: [UInt8]
    /// What it wrote on its standard error, its end if that was long.
    public var diagnostics: String

    /// Creates an output.
    public init(ending: Ending, output: [UInt8], diagnostics: String = "") {
        self.ending = ending
        self.output = output
        self.diagnostics = diagnostics
    }
}
