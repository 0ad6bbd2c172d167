// SPDX-License-Identifier: Apache-2.0

/// A kind of objects of an API server, by the parts of its path.
///
/// See https://kubernetes.io/docs/reference/using-api/api-concepts.
public struct KubernetesResource: Hashable, Sendable, CustomStringConvertible {
    /// The API group: `crd.k8s.amazonaws.com`; empty for the core group.
    public let group: String
    /// The version: `v1`.
    public let version: String
    /// The plural name: `nodes`.
    public let plural: String

    /// Names a kind of objects.
    public init(group: String = "", version: String = "v1", plural: String) {
        self.group = group
        self.version = version
        self.plural = plural
    }

    /// Nodes.
    public static let nodes = KubernetesResource(plural: "nodes")
    /// Pods, which are in namespaces.
    public static let pods = KubernetesResource(plural: "pods")
    /// Events, which are in namespaces; those of nodes are in `default`.
    public static let events = KubernetesResource(plural: "events")

    /// The group and version as objects have it: `v1`, `crd.k8s.amazonaws.com/v1alpha1`.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// `nodes`, or `eniconfigs.crd.k8s.amazonaws.com`.
    public var description: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// The path of all objects, of a namespace or of all.
    func path(namespace: String? = nil) -> String {
        let root = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        let place = namespace.map { "/namespaces/\(Query.escaped($0))" } ?? ""
        return "\(root)\(place)/\(plural)"
    }

    /// The path of one object.
    func path(_ name: String, namespace: String? = nil) -> String {
        "\(path(namespace: namespace))/\(Query.escaped(name))"
    }
}

/// Which objects of a kind: of a namespace, with labels and fields.
public struct KubernetesSelection: Hashable, Sendable {
    /// The namespace; nil for all, or for what is in none.
    public var namespace: String?
    /// A label selector: `app=web,tier!=test`; empty for all.
    public var labels = ""
    /// A field selector: `spec.nodeName=worker1`; empty for all.
    public var fields = ""

    /// All objects of a kind.
    public static let all = KubernetesSelection()

    /// Selects objects.
    public init(namespace: String? = nil, labels: String = "", fields: String = "") {
        self.namespace = namespace
        self.labels = labels
        self.fields = fields
    }

    /// The object of a name.
    public static func named(_ name: String, namespace: String? = nil) -> KubernetesSelection {
        KubernetesSelection(namespace: namespace, fields: "metadata.name=\(name)")
    }

    var query: [(String, String)] {
        [("labelSelector", labels), ("fieldSelector", fields)].filter { !$0.1.isEmpty }
    }
}

/// The query of a URL.
enum Query {
    /// The query, with its question mark; empty for none.
    static func text(_ items: [(String, String)]) -> String {
        items.isEmpty ? "" : "?" + items.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
    }

    /// A part of a path or of a query as it is to be written (RFC 3986).
    static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                escaped.append(byte)
            default: escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
