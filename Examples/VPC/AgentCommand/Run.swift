// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import ArgumentParser
internal import Logging
internal import NodeAgent
internal import NodeAgentCore
internal import NodeAgentKubernetes
internal import NodeAgentStatus
internal import ServiceLifecycle
internal import VPCAgent

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Own this node's ENIs until told to stop.",
        discussion: """
            Ends with 0 when told to stop by SIGTERM or SIGINT, with 1 if it cannot work on this node (a wrong variable, \
            aws-node beside it), with 64 if the command line is wrong. EC2, the metadata service and Kubernetes are waited \
            for.
            """)

    @OptionGroup(title: "Files") var files: AgentArguments
    @OptionGroup(title: "Container runtime") var runtime: NetworkListOptions
    @OptionGroup(title: "Status") var status: StatusOptions

    @Option(
        help: ArgumentHelp(
            "A kubeconfig file; without one, the service account of the pod.", valueName: "file"))
    var kubeconfig: String?

    func run() async throws {
        let variables = AgentEnvironment.ofProcess
        let logger = AgentArguments.startLogging(status, variables)
        let options = try AgentArguments.options(variables, logger: logger)
        let (service, metadata) = try await AgentArguments.clients(variables, options, logger: logger)
        var agent = VPCAgent(
            options: options, paths: files.paths, service: service, metadata: metadata,
            cluster: try cluster(variables, options, logger), logger: logger)
        agent.networkList = try runtime.list(naming: "vpc-eni")
        // The socket's server may be in the middle of something when the agent is told to stop: cancelled is no failure.
        var parts: [any Service] = [AgentPart { [agent] in try await agent.run() }]
        if let server = status.server(of: agent.pages, logger: logger) { parts.append(server) }
        if !options.isIntrospectionDisabled {
            guard let address = ListenAddress(options.introspectionAddress) else {
                throw AgentError(
                    .notConfigured,
                    "INTROSPECTION_BIND_ADDRESS: \"\(options.introspectionAddress)\" is not ADDRESS:PORT")
            }
            parts.append(
                StatusServer(
                    pages: agent.introspection, address: address, option: "INTROSPECTION_BIND_ADDRESS",
                    logger: logger))
        }
        try await AgentProcess.run(parts, logger: logger)
    }

    /// Kubernetes, if this is in it.
    private func cluster(
        _ variables: [String: String], _ options: AgentOptions, _ logger: Logger
    ) throws(AgentError) -> ClusterView? {
        var access: KubernetesAccess
        if let kubeconfig {
            access = try KubernetesAccess.kubeconfig(kubeconfig)
        } else if variables["KUBERNETES_SERVICE_HOST"] != nil {
            access = try KubernetesAccess.inCluster(variables)
            // The account's address is a service's, which kube-proxy has to know first.
            if !options.clusterEndpoint.isEmpty {
                let endpoint = options.clusterEndpoint
                access.server = endpoint.contains("://") ? endpoint : "https://\(endpoint)"
            }
        } else {
            if options.isCustomNetworking, files.eniConfigs == nil {
                throw AgentError(
                    .notConfigured,
                    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG needs Kubernetes, which has the ENIConfig objects, or --eni-configs"
                )
            }
            return nil
        }
        let name =
            options.nodeName.isEmpty
            ? variables["NODE_NAME"] ?? variables["HOSTNAME"] ?? "" : options.nodeName
        guard !name.isEmpty else { throw AgentError(.notConfigured, "MY_NODE_NAME is not set") }
        return ClusterView(try KubernetesClient(access, agent: "vpc-agent"), node: name)
    }
}
