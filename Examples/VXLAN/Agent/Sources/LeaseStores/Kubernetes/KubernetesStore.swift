// SPDX-License-Identifier: Apache-2.0

public import CNITypes
public import NodeAgentCore
internal import NodeAgentKubernetes
public import VXLANOverlay

/// A cluster in Kubernetes: the subnets are the nodes' `spec.podCIDRs`, the rest is in flannel's annotations of them.
///
/// A node's lease is there as long as its Node object.
public struct KubernetesStore: LeaseStore {
    let options: KubernetesOptions
    let client: KubernetesClient

    /// Creates a store.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` for a server or a file that is none.
    public init(_ options: KubernetesOptions) throws(AgentError) {
        self.options = options
        client = try KubernetesClient(options.access, agent: "vxlan-agent")
    }

    /// `kubernetes https://10.96.0.1:443, node worker1`.
    public var description: String { "kubernetes \(options.access.server), node \(options.node)" }

    /// The name of our own Node object.
    func nodeName() async throws(AgentError) -> String { try await options.node.found(by: client) }

    /// Reads flannel's file.
    public func configuration() async throws(AgentError) -> OverlayConfiguration {
        let file = options.configurationFile
        let content = try InputFile.content(of: file)
        do throws(CNIError) {
            return try OverlayConfiguration(parsing: content)
        } catch {
            throw AgentError(.notConfigured, "\(file): \(error.message)")
        }
    }

    /// Reads the node's annotations `node-public-ip` and `node-public-ipv6`.
    public func wantedAddresses() async throws(AgentError) -> [IPAddress] {
        let node = try node(try await object(try await nodeName()))
        var addresses: [IPAddress] = []
        for family in IPAddress.Family.allCases {
            if let address = try node.publicAddress(family, options.annotationPrefix) {
                addresses.append(address)
            }
        }
        return addresses
    }

    /// Publishes the node's addresses in its annotations; its subnets are Kubernetes' to give.
    public func acquire(_ request: LeaseRequest) async throws(AgentError) -> Lease {
        let node = try node(try await object(try await nodeName()))
        let subnets = try node.subnets(for: request.configuration)
        var request = request
        for family in request.configuration.families {
            guard let address = try node.overwrite(family, options.annotationPrefix) else { continue }
            if family == .v4 { request.publicIPv4 = address } else { request.publicIPv6 = address }
        }
        // Annotations that cannot be read are rewritten.
        let former = node.lease(options.annotationPrefix).lease
        var generator = SystemRandomNumberGenerator()
        let lease = request.lease(subnets, formerly: former, using: &generator)
        try validate(lease, for: request, node)
        try await publish(lease, on: node)
        return lease
    }

    /// Publishes nothing that the other nodes would have to refuse.
    private func validate(
        _ lease: Lease, for request: LeaseRequest, _ node: KubernetesNode
    ) throws(AgentError) {
        for family in request.configuration.families where lease[family] == nil {
            throw AgentError(
                .notConfigured,
                "node \(node.name): no address of \(family == .v4 ? "IPv4" : "IPv6") at which the others reach it"
            )
        }
        let prefix = options.annotationPrefix
        do throws(CNIError) {
            _ = try Lease.ofNode(
                annotations: lease.annotations(prefix: prefix), podCIDRs: node.podCIDRs, prefix: prefix)
        } catch {
            throw AgentError(.notConfigured, "node \(node.name): \(error.message)")
        }
    }

    /// Says that the node's network is there, as flannel does, for the scheduler to use the node.
    public func ready(_ lease: Lease) async throws(AgentError) {
        guard options.setsCondition else { return }
        let name = try await nodeName()
        let former = KubernetesCondition(of: try await object(name))
        if former == .up { return }
        try await patch(name, ["status": KubernetesCondition.up.patch(over: former)])
    }

    /// Takes the annotations away, so that the others forget the node, and the condition back, so that it gets no new
    /// pods; a condition that somebody else has set stays.
    public func release(_ lease: Lease) async throws(AgentError) {
        let name = try await nodeName()
        guard let object = try await client.get(.nodes, name),
            let node = KubernetesNode(object, options.annotationPrefix)
        else { return }
        var patch: JSON = [:]
        let published = node.annotations.keys.filter(\.isPublished)
        if !published.isEmpty {
            let keys = published.map { ($0.key(options.annotationPrefix), JSON.null) }
            patch["metadata"] = ["annotations": .object(JSONObject(Dictionary(uniqueKeysWithValues: keys)))]
        }
        if let former = KubernetesCondition(of: object), former == .up {
            patch["status"] = KubernetesCondition.released.patch(over: former)
        }
        if patch != [:] { try await self.patch(name, patch) }
    }
}
