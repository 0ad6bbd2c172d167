// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// The pod that a container is, as Kubernetes' runtimes tell in CNI_ARGS.
public struct PodReference: Hashable, Sendable {
    /// Its namespace.
    public var namespace: String
    /// Its name.
    public var name: String
    /// Its UID; nil if the runtime does not tell.
    public var uid: String?

    /// Creates a reference.
    public init(namespace: String, name: String, uid: String? = nil) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
    }

    /// Reads K8S_POD_NAMESPACE, K8S_POD_NAME and K8S_POD_UID; nil without the first two.
    public init?(_ arguments: CNIArguments) {
        func text(_ key: String) -> String? { arguments[key].flatMap { $0.isEmpty ? nil : $0 } }
        guard let namespace = text("K8S_POD_NAMESPACE"), let name = text("K8S_POD_NAME") else { return nil }
        self.init(namespace: namespace, name: name, uid: text("K8S_POD_UID"))
    }

    init?(_ pod: JSONCursor) throws(CNIError) {
        if pod.isAbsent { return nil }
        self.init(
            namespace: try pod["namespace"].required(try pod["namespace"].nonEmptyText()),
            name: try pod["name"].required(try pod["name"].nonEmptyText()),
            uid: try pod["uid"].nonEmptyText())
    }

    var json: JSON {
        var json: JSON = ["namespace": .string(namespace), "name": .string(name)]
        if let uid { json["uid"] = .string(uid) }
        return json
    }
}
