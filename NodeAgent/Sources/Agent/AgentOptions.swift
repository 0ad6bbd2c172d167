// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import Logging
public import NodeAgentKubernetes
public import NodeAgentStatus

/// How an agent is looked at: the options that all agents have.
public struct StatusOptions: ParsableArguments {
    /// Where the pages are.
    @Option(
        help: ArgumentHelp(
            "Where /healthz, /readyz and /metrics are: ADDRESS:PORT, [ADDRESS]:PORT, or off.",
            valueName: "address"))
    public var statusAddress = "127.0.0.1:8081"

    /// What is logged.
    @Option(
        help: ArgumentHelp(
            "The lowest level of messages that are logged.", valueName: "level"))
    public var logLevel = Logger.Level.info

    /// How it is written.
    @Option(help: ArgumentHelp("How log lines are written: text or json.", valueName: "format"))
    public var logFormat = LogFormat.text

    /// Creates the options as they are without a command line.
    public init() {}

    /// Rejects an invalid address.
    public func validate() throws {
        if statusAddress != "off", ListenAddress(statusAddress) == nil {
            throw ValidationError("--status-address: \"\(statusAddress)\" is not ADDRESS:PORT")
        }
    }

    /// Has the process log as the options say, and returns a logger.
    public func startLogging(label: String) -> Logger {
        AgentLogHandler.bootstrap(level: logLevel, format: logFormat)
        return Logger(label: label)
    }

    /// The server of an agent's pages; nil if there is to be none.
    public func server(of pages: StatusPages, logger: Logger) -> StatusServer? {
        guard let address = ListenAddress(statusAddress) else { return nil }
        return StatusServer(pages: pages, address: address, option: "--status-address", logger: logger)
    }
}

/// Where Kubernetes is, and which node this is.
public struct KubernetesAccessOptions: ParsableArguments {
    /// A kubeconfig file.
    @Option(
        help: ArgumentHelp(
            "A kubeconfig file; without one, the service account of the pod that this is in.",
            valueName: "file"))
    public var kubeconfig: String?

    /// The Node object's name.
    @Option(
        help: ArgumentHelp(
            """
            The name of this node's object; without one, the variable NODE_NAME, or the node of the pod that POD_NAME \
            and POD_NAMESPACE name.
            """, valueName: "name"))
    public var nodeName: String?

    /// Creates the options as they are without a command line.
    public init() {}

    /// The API server, and what proves who we are.
    ///
    /// - Parameter server: A URL in place of the one that the file or the service account has.
    /// - Throws: `AgentError` outside of a pod without a file and a server, for a file that is wrong, and for a server that
    ///   is not a URL.
    public func access(_ environment: AgentEnvironment, server: String? = nil) throws -> KubernetesAccess {
        guard let server else {
            return try kubeconfig.map { try KubernetesAccess.kubeconfig($0) }
                ?? .inCluster(environment.variables)
        }
        guard server.hasPrefix("https://") || server.hasPrefix("http://"), !server.hasSuffix("://") else {
            throw AgentError(.notConfigured, "\"\(server.prefix(200))\" is not the URL of an API server")
        }
        let isInPod = !(environment.variables["KUBERNETES_SERVICE_HOST"] ?? "").isEmpty
        var access = KubernetesAccess(server: server)
        if let kubeconfig {
            access = try .kubeconfig(kubeconfig)
        } else if isInPod {
            access = try .inCluster(environment.variables)
        }
        access.server = server.hasSuffix("/") ? String(server.dropLast()) : server
        return access
    }

    /// This node's name.
    ///
    /// - Throws: `AgentError` if it is not known, or cannot be a name.
    public func node(_ environment: AgentEnvironment) throws -> KubernetesNodeName {
        try KubernetesNodeName(nodeName, environment: environment.variables)
    }
}

extension LogFormat: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}
