// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import FoundationEssentials
public import VXLANOverlay

/// A cluster in Kubernetes: the subnets are the nodes' `spec.podCIDRs`, the rest is in flannel's annotations of them.
///
/// A node's lease is there as long as its Node object.
public struct KubernetesStore: LeaseStore {
    let options: KubernetesOptions
    let client: KubernetesClient

    /// Creates a store.
    ///
    /// - Throws: ``LeaseStoreError/Code/notConfigured`` for a server or a file that is none.
    public init(_ options: KubernetesOptions) throws(LeaseStoreError) {
        self.options = options
        client = try KubernetesClient(options.access)
    }

    /// `kubernetes https://10.96.0.1:443, node worker1`.
    public var description: String { "kubernetes \(options.access.server), node \(options.nodeName)" }

    /// Reads flannel's file.
    public func configuration() async throws(LeaseStoreError) -> OverlayConfiguration {
        let file = options.configurationFile
        let content = try TextFile.content(of: file)
        do throws(CNIError) {
            return try OverlayConfiguration(parsing: content)
        } catch {
            throw LeaseStoreError(.notConfigured, "\(file): \(error.message)")
        }
    }

    /// Publishes the node's addresses in its annotations; its subnets are Kubernetes' to give.
    public func acquire(_ request: LeaseRequest) async throws(LeaseStoreError) -> Lease {
        let node = try await client.node(options.nodeName)
        guard let subnets = node.subnets(for: request.configuration) else {
            throw LeaseStoreError(
                .noSubnet,
                """
                node \(node.name) has no podCIDR of each family of the network: \
                does kube-controller-manager run with --allocate-node-cidrs?
                """)
        }
        var request = request
        if let address = try overwrite(.publicIPOverwrite, of: node) { request.publicIPv4 = address }
        if let address = try overwrite(.publicIPv6Overwrite, of: node) { request.publicIPv6 = address }
        // Annotations that cannot be read are written anew.
        let former = try? node.lease(options.annotationPrefix)
        var generator = SystemRandomNumberGenerator()
        let lease = request.lease(subnets, formerly: former, using: &generator)
        try await publish(lease, on: node)
        return lease
    }

    private func overwrite(
        _ annotation: NodeAnnotation, of node: KubernetesNode
    ) throws(LeaseStoreError) -> IPAddress? {
        let key = annotation.key(options.annotationPrefix)
        guard let text = node.annotations[key], !text.isEmpty else { return nil }
        guard let address = IPAddress(text), address.family == (annotation == .publicIPOverwrite ? .v4 : .v6)
        else {
            throw LeaseStoreError(
                .malformed, "node \(node.name): \(key): \"\(text.prefix(80))\" is no address")
        }
        return address
    }

    /// Writes the annotations that are not as they should be.
    func publish(_ lease: Lease, on node: KubernetesNode) async throws(LeaseStoreError) {
        var changes = JSONObject()
        for (key, value) in lease.annotations(prefix: options.annotationPrefix)
        where node.annotations[key] != value {
            changes[key] = .string(value)
        }
        if changes.isEmpty { return }
        _ = try await client.patch(node.name, ["metadata": ["annotations": .object(changes)]])
    }

    /// Says that the node's network is there, as flannel does, for the scheduler to use the node.
    public func ready(_ lease: Lease) async throws(LeaseStoreError) {
        guard options.setsCondition else { return }
        let now = Date.now.formatted(.iso8601)
        _ = try await client.patch(
            options.nodeName,
            [
                "status": [
                    "conditions": [
                        [
                            "type": "NetworkUnavailable", "status": "False", "reason": "OverlayIsUp",
                            "message": "vxlan-agent reaches the other nodes",
                            "lastTransitionTime": .string(now), "lastHeartbeatTime": .string(now),
                        ]
                    ]
                ]
            ])
    }

    /// Takes the annotations away, so that the others forget the node.
    public func release(_ lease: Lease) async throws(LeaseStoreError) {
        var changes = JSONObject()
        for key in lease.annotations(prefix: options.annotationPrefix).keys { changes[key] = .null }
        _ = try await client.patch(options.nodeName, ["metadata": ["annotations": .object(changes)]])
    }
}
