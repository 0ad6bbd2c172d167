// SPDX-License-Identifier: Apache-2.0

internal import VXLANOverlay

/// Where a cluster's API server is, and what of its nodes is the overlay's.
public struct KubernetesOptions: Hashable, Sendable {
    /// How our own Node object is found.
    enum OwnNode: Hashable, Sendable {
        case name(String)
        /// The node on which a pod runs, which the API server knows.
        case ofPod(String, namespace: String)
    }

    /// The API server, and what proves who we are.
    public var access: KubernetesAccess
    /// flannel's configuration of the cluster's network.
    public var configurationFile = "/etc/kube-flannel/net-conf.json"
    /// What the annotations' keys begin with.
    public var annotationPrefix = NodeAnnotation.usualPrefix
    /// Whether the condition NetworkUnavailable becomes False when the node is ready.
    public var setsCondition = true

    let node: OwnNode

    /// Creates options for a node of a name, with flannel's file and annotations.
    ///
    /// - Throws: ``LeaseStoreError/Code/notConfigured`` for a name that no node can have.
    public init(nodeName: String, access: KubernetesAccess) throws(LeaseStoreError) {
        node = .name(try Self.name(nodeName, of: "a node"))
        self.access = access
    }

    /// Creates options for the node that a process is on, as flannel finds it: by its name, or by NODE_NAME, or by
    /// POD_NAME and POD_NAMESPACE.
    ///
    /// - Throws: ``LeaseStoreError/Code/notConfigured`` for names that cannot be, or if there are none.
    public init(
        nodeName: String?, environment: [String: String], access: KubernetesAccess
    ) throws(LeaseStoreError) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        self.access = access
        if let name = nodeName ?? variable("NODE_NAME") {
            node = .name(try Self.name(name, of: "a node"))
        } else if let pod = variable("POD_NAME"), let namespace = variable("POD_NAMESPACE") {
            node = .ofPod(
                try Self.name(pod, of: "a pod"), namespace: try Self.name(namespace, of: "a namespace"))
        } else {
            throw LeaseStoreError(
                .notConfigured,
                """
                which node is this? No name is given, and neither NODE_NAME (spec.nodeName of the pod) nor POD_NAME \
                and POD_NAMESPACE are set
                """)
        }
    }

    /// A DNS subdomain name (RFC 1123), which also is a part of a path as it is.
    static func name(_ text: String, of what: String) throws(LeaseStoreError) -> String {
        let isName =
            1...253 ~= text.utf8.count
            && text.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            } && !text.hasPrefix(".") && !text.contains("..")
        guard isName else {
            throw LeaseStoreError(.notConfigured, "\"\(text.prefix(80))\" is not the name of \(what)")
        }
        return text
    }
}
