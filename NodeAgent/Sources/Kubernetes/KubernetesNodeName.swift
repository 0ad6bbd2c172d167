// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
public import NodeAgentCore
internal import Synchronization

/// The name of the Node object of the node that the process is on, which may have to be asked for first.
public final class KubernetesNodeName: Sendable, CustomStringConvertible {
    private enum Source: Sendable {
        case name
        /// The node on which a pod runs, which the API server knows.
        case pod(String, namespace: String)
    }

    private let source: Source
    private let known: Mutex<String?>

    /// Takes a name.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` for a name that no node can have.
    public init(_ name: String) throws(AgentError) {
        source = .name
        known = Mutex(try Self.validated(name, as: "a node"))
    }

    /// Finds the node that a process is on: by the name, or by NODE_NAME, or by POD_NAME and POD_NAMESPACE.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` for names that cannot be, or if there are none.
    public init(_ name: String?, environment: [String: String]) throws(AgentError) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let name = name ?? variable("NODE_NAME") {
            source = .name
            known = Mutex(try Self.validated(name, as: "a node"))
        } else if let pod = variable("POD_NAME"), let namespace = variable("POD_NAMESPACE") {
            source = .pod(
                try Self.validated(pod, as: "a pod"), namespace: try Self.validated(namespace, as: "a namespace"))
            known = Mutex(nil)
        } else {
            throw AgentError(
                .notConfigured,
                """
                which node is this? No name is given, and neither NODE_NAME (spec.nodeName of the pod) nor POD_NAME \
                and POD_NAMESPACE are set
                """)
        }
    }

    /// The name; asks the API server if need be.
    ///
    /// - Throws: ``AgentError/Code/malformed`` for a pod that is on no node; ``AgentError/Code/refused`` for a pod that
    ///   is not there; what ``KubernetesClient/get(_:_:namespace:)`` throws.
    public func found(by client: KubernetesClient) async throws(AgentError) -> String {
        if let name = known.withLock({ $0 }) { return name }
        guard case .pod(let pod, let namespace) = source else { return description }
        guard let object = try await client.get(.pods, pod, namespace: namespace) else {
            throw AgentError(.refused, "kubernetes has no pod \(namespace)/\(pod), by which the node is found")
        }
        guard let text = object["spec"]?["nodeName"]?.string else {
            throw AgentError(.malformed, "kubernetes: pod \(namespace)/\(pod): spec.nodeName: missing")
        }
        let name = try Self.validated(text, as: "the node of pod \(namespace)/\(pod)")
        known.withLock { $0 = name }
        return name
    }

    /// The name, or what is known of it.
    public var description: String {
        if let name = known.withLock({ $0 }) { return name }
        if case .pod(let pod, let namespace) = source { return "of pod \(namespace)/\(pod)" }
        return ""
    }

    /// A DNS subdomain name (RFC 1123), which also is a part of a path as it is.
    private static func validated(_ text: String, as what: String) throws(AgentError) -> String {
        let isName =
            1...253 ~= text.utf8.count
            && text.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            } && !text.hasPrefix(".") && !text.contains("..")
        guard isName else {
            throw AgentError(.notConfigured, "\"\(text.prefix(80))\" is not the name of \(what)")
        }
        return text
    }
}
