// SPDX-License-Identifier: Apache-2.0

internal import VXLANOverlay

/// Where a cluster's API server is, and what of its nodes is the overlay's.
public struct KubernetesOptions: Hashable, Sendable {
    /// The name of our own Node object.
    public var nodeName: String
    /// The API server, and what proves who we are.
    public var access: KubernetesAccess
    /// flannel's configuration of the cluster's network.
    public var configurationFile = "/etc/kube-flannel/net-conf.json"
    /// What the annotations' keys begin with.
    public var annotationPrefix = NodeAnnotation.usualPrefix
    /// Whether the condition NetworkUnavailable becomes False when the node is ready.
    public var setsCondition = true

    /// Creates options with flannel's file and annotations.
    ///
    /// - Throws: ``LeaseStoreError/Code/notConfigured`` for a name that no node can have.
    public init(nodeName: String, access: KubernetesAccess) throws(LeaseStoreError) {
        // A DNS subdomain name (RFC 1123), which also is a part of a path as it is.
        let isName =
            1...253 ~= nodeName.utf8.count
            && nodeName.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            } && !nodeName.hasPrefix(".") && !nodeName.contains("..")
        guard isName else {
            throw LeaseStoreError(.notConfigured, "\"\(nodeName.prefix(80))\" is not the name of a node")
        }
        self.nodeName = nodeName
        self.access = access
    }
}
