// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The name of our own Node object, which may have to be asked for first.
final class KubernetesNodeName: Sendable, CustomStringConvertible {
    private let node: KubernetesOptions.OwnNode
    private let known: Mutex<String?>

    init(_ node: KubernetesOptions.OwnNode) {
        self.node = node
        if case .name(let name) = node { known = Mutex(name) } else { known = Mutex(nil) }
    }

    /// The name; asks the API server if need be.
    ///
    /// - Throws: ``LeaseStoreError/Code/malformed`` for a pod that is on no node.
    func found(by client: KubernetesClient) async throws(LeaseStoreError) -> String {
        if let name = known.withLock({ $0 }) { return name }
        guard case .ofPod(let pod, let namespace) = node else {
            throw LeaseStoreError(.notConfigured, "kubernetes: this node has no name")
        }
        let text = try await client.nodeName(ofPod: pod, namespace: namespace)
        let name = try KubernetesOptions.name(text, of: "the node of pod \(namespace)/\(pod)")
        known.withLock { $0 = name }
        return name
    }

    /// The name, or what is known of it.
    var description: String {
        if let name = known.withLock({ $0 }) { return name }
        if case .ofPod(let pod, let namespace) = node { return "of pod \(namespace)/\(pod)" }
        return ""
    }
}
