// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import ArgumentParser
internal import EC2
internal import Glibc
internal import Logging
internal import NodeAgent
internal import NodeAgentCore
internal import VPCAgent

/// Where the agent keeps what it needs, for all subcommands.
struct AgentArguments: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the journal.", valueName: "folder"))
    var stateFolder = "/run/swift-cni/vpc"

    @Option(help: ArgumentHelp("The socket that the plugin talks to.", valueName: "path"))
    var socket = "/run/swift-cni/vpc/agent.sock"

    @Option(
        help: ArgumentHelp(
            "The folder of notes of containers that went while no agent ran.", valueName: "folder"))
    var releasedFolder = "/run/swift-cni/vpc/released"

    @Option(
        name: .customLong("namespaces"),
        help: ArgumentHelp(
            "A folder with network namespaces; can be given several times.", valueName: "folder"))
    var namespaceFolders = ["/run/netns", "/var/run/netns", "/run/docker/netns"]

    @Option(
        name: .customLong("exclusive-enis"),
        help: ArgumentHelp("A JSON file: what pods want of ENIs of their own.", valueName: "file"))
    var exclusiveENIs: String?

    @Option(
        help: ArgumentHelp(
            "A JSON file: the ENIConfigs by zones' names, in place of Kubernetes' objects.", valueName: "file"
        ))
    var eniConfigs: String?

    var paths: AgentPaths {
        var paths = AgentPaths()
        paths.state = stateFolder
        paths.socket = socket
        paths.released = releasedFolder
        paths.namespaces = namespaceFolders
        paths.exclusive = exclusiveENIs
        paths.eniConfigs = eniConfigs
        return paths
    }

    /// Has the process log: as the option says, or as the reference's variable does where the option is as it is by itself.
    static func startLogging(_ status: StatusOptions, _ variables: [String: String]) -> Logger {
        var status = status
        if status.logLevel == .info, let text = variables["AWS_VPC_K8S_CNI_LOGLEVEL"]?.lowercased(),
            let level = Logger.Level(rawValue: text == "warn" ? "warning" : text)
        {
            status.logLevel = level
        }
        return status.startLogging(label: "vpc-agent")
    }

    /// The agent that the variables describe, for a command that runs once beside it or without it.
    ///
    /// - Throws: ``AgentError`` for variables and credentials that cannot be used.
    func agent(_ status: StatusOptions) async throws -> VPCAgent {
        let variables = AgentEnvironment.ofProcess
        let logger = Self.startLogging(status, variables)
        let options = try Self.options(variables, logger: logger)
        let (service, metadata) = try await Self.clients(variables, options, logger: logger)
        return VPCAgent(options: options, paths: paths, service: service, metadata: metadata, logger: logger)
    }

    /// The options that the variables set; reports what has no meaning.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` with every mistake.
    static func options(_ variables: [String: String], logger: Logger) throws(AgentError) -> AgentOptions {
        let read = AgentOptions.read(variables)
        for warning in read.warnings { logger.warning("\(warning)") }
        guard read.errors.isEmpty else {
            throw AgentError(.notConfigured, read.errors.joined(separator: "\n"))
        }
        return read.options
    }

    /// A client of EC2 and of the metadata service, as the variables say.
    static func clients(
        _ variables: [String: String], _ options: AgentOptions, logger: Logger
    ) async throws -> (EC2Client, MetadataClient) {
        var variables = variables
        // The reference's name of the variable; AWS's own clients have another.
        if !options.ec2Endpoint.isEmpty, variables["AWS_ENDPOINT_URL_EC2"] == nil {
            variables["AWS_ENDPOINT_URL_EC2"] = options.ec2Endpoint
        }
        let aws = try AWSEnvironment(variables)
        let limit = options.httpTimeout
        let client = try await aws.client(logger: logger) { $0.attemptLimit = limit }
        return (client, aws.metadata)
    }
}
