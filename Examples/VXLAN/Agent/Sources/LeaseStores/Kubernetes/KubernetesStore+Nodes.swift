// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NodeAgentCore
internal import NodeAgentKubernetes

extension KubernetesStore {
    /// Our own Node object, whole.
    func object(_ name: String) async throws(AgentError) -> JSON {
        guard let object = try await client.get(.nodes, name) else {
            throw AgentError(
                .refused,
                """
                kubernetes has no node \(name) (404): the name has to be that of the Node object, and the kubelet has \
                to have registered it
                """)
        }
        return object
    }

    /// What the overlay needs of a Node object.
    ///
    /// - Throws: ``AgentError/Code/malformed`` for one without a name.
    func node(_ object: JSON) throws(AgentError) -> KubernetesNode {
        guard let node = KubernetesNode(object, options.annotationPrefix) else {
            throw AgentError(.malformed, "kubernetes: a node without metadata.name")
        }
        return node
    }

    /// Changes a Node object's metadata and status.
    ///
    /// The subresource `status` lets both be changed, and is all that flannel's role allows.
    func patch(_ name: String, _ patch: JSON) async throws(AgentError) {
        try await client.patchAnyVersion(.nodes, name, .status, as: .strategic, patch: patch)
    }
}
