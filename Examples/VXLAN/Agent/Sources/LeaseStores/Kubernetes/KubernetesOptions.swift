// SPDX-License-Identifier: Apache-2.0

public import NodeAgentKubernetes
internal import VXLANOverlay

/// Where a cluster's API server is, and what of its nodes is the overlay's.
public struct KubernetesOptions: Sendable {
    /// The API server, and what proves who we are.
    public var access: KubernetesAccess
    /// How our own Node object is found.
    public var node: KubernetesNodeName
    /// flannel's configuration of the cluster's network.
    public var configurationFile = "/etc/kube-flannel/net-conf.json"
    /// The prefix of the annotations' keys.
    public var annotationPrefix = NodeAnnotation.usualPrefix
    /// Whether the condition NetworkUnavailable becomes False when the node is ready.
    public var setsCondition = true

    /// Creates options with flannel's file and annotations.
    public init(node: KubernetesNodeName, access: KubernetesAccess) {
        self.node = node
        self.access = access
    }
}
