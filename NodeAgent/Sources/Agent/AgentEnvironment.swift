// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
internal import FoundationEssentials
public import NodeAgentCore

/// The variables of a process, as defaults of its options.
///
/// Every option can be set by a variable, too: `--log-level` by `PREFIX_LOG_LEVEL`. What the command line says counts
/// more.
public struct AgentEnvironment: Sendable {
    /// The variables.
    public let variables: [String: String]
    /// What the names begin with: `VXLAN_AGENT`.
    public let prefix: String
    /// Options whose variables have names of their own: `--node-name` by `MY_NODE_NAME`.
    public var names: [String: String] = [:]

    /// Takes variables; those of the process without any.
    public init(prefix: String, variables: [String: String]? = nil) {
        self.prefix = prefix
        self.variables = variables ?? Self.ofProcess
    }

    /// The variables of this process.
    public static var ofProcess: [String: String] { ProcessInfo.processInfo.environment }

    /// The variable of an option: `VXLAN_AGENT_LOG_LEVEL` for `--log-level`.
    public func name(ofOption option: String) -> String {
        let words = option.drop { $0 == "-" }.uppercased().map { $0 == "-" ? "_" : $0 }
        return names[option] ?? "\(prefix)_\(String(words))"
    }

    /// A command line with an option for each variable that is set and whose option is not there.
    ///
    /// Flags take `true` and `false`.
    ///
    /// - Parameter command: The command with its subcommands, whose options are looked through.
    /// - Parameter arguments: The command line without the program's name.
    /// - Throws: ``AgentError/Code/notConfigured`` for a flag's variable that is neither true nor false.
    public func arguments(
        for command: any ParsableCommand.Type, _ arguments: [String]
    ) throws(AgentError) -> [String] {
        let chosen = CommandDescription(command).subcommand(arguments)
        var added: [String] = []
        for option in chosen {
            let name = name(ofOption: option.name)
            guard let value = variables[name], !value.isEmpty else { continue }
            let isGiven = arguments.contains { word in
                option.names.contains { word == $0 || word.hasPrefix("\($0)=") }
            }
            if isGiven { continue }
            guard option.isFlag else {
                added.append("\(option.name)=\(value)")
                continue
            }
            switch value {
            case "true": added.append(option.name)
            case "false": if let negation = option.negation { added.append(negation) }
            default: throw AgentError(.notConfigured, "\(name): \"\(value.prefix(80))\" is not true or false")
            }
        }
        return arguments + added
    }

    /// The variables that begin with the prefix and set no option of a command: mistakes, most likely.
    ///
    /// What Kubernetes itself sets for a service that has the agent's name is left out.
    public func unknown(for command: any ParsableCommand.Type) -> [String] {
        let known = Set(CommandDescription(command).allOptions.map { name(ofOption: $0.name) })
        return variables.keys.filter { name in
            name.hasPrefix("\(prefix)_") && !known.contains(name)
                && !name.hasPrefix("\(prefix)_SERVICE_") && !name.hasPrefix("\(prefix)_PORT")
        }.sorted()
    }
}
