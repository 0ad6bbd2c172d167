// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NodeAgentCore
internal import NodeAgentKubernetes
internal import VXLANOverlay

extension KubernetesStore {
    /// How often somebody else may change the node between our reading and our writing.
    private static let races = 10

    /// Writes the annotations that are not as they should be, and takes away those of ours that are of no use.
    ///
    /// - Throws: ``AgentError/Code/leaseLost`` if the node is gone or has other subnets by now.
    func publish(_ lease: Lease, on node: KubernetesNode) async throws(AgentError) {
        var node = node
        var backoff = Backoff()
        for _ in 0..<Self.races {
            try Self.requireSubnets(of: lease, on: node)
            let changes = changes(for: lease, on: node)
            if changes.isEmpty { return }
            // The version has the API server refuse what was decided from an object that is not so any more.
            let patch: JSON = [
                "metadata": [
                    "resourceVersion": .string(node.version), "annotations": .object(changes),
                ]
            ]
            do throws(AgentError) {
                try await client.patch(.nodes, node.name, .status, as: .strategic, patch: patch)
                return
            } catch where error.code == .conflict {
                try await backoff.pause()
            }
            guard let newer = try await client.get(.nodes, node.name) else {
                throw AgentError(.leaseLost, "kubernetes: node \(node.name) has been deleted")
            }
            node = try self.node(newer)
        }
        throw AgentError(.unreachable, "kubernetes: node \(node.name) keeps changing")
    }

    /// What of a node's annotations has to change; null takes one away.
    func changes(for lease: Lease, on node: KubernetesNode) -> JSONObject {
        let wanted = lease.annotations(prefix: options.annotationPrefix)
        var changes = JSONObject()
        for annotation in NodeAnnotation.allCases where annotation.isPublished {
            let key = annotation.key(options.annotationPrefix)
            if node.annotations[annotation] != wanted[key] {
                changes[key] = wanted[key].map { .string($0) } ?? .null
            }
        }
        return changes
    }

    /// The subnets are not ours to change.
    static func requireSubnets(of lease: Lease, on node: KubernetesNode) throws(AgentError) {
        for subnet in [lease.v4, lease.v6].compactMap({ $0?.subnet }) where !node.podCIDRs.contains(subnet) {
            throw AgentError(
                .leaseLost, "kubernetes: node \(node.name) has \(node.podCIDRs) in place of \(subnet)")
        }
    }
}
