// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import FoundationEssentials
public import NodeAgentCore
internal import Synchronization

/// Writes events of the node or of a pod, as `kubectl describe` shows them.
///
/// What recurs is counted in the event that is there, at most once a minute, so that a failure that lasts does not
/// fill the server.
public final class KubernetesEvents: Sendable {
    /// How bad it is.
    public enum Kind: String, Hashable, Sendable {
        /// Nothing to do.
        case normal = "Normal"
        /// Somebody should look.
        case warning = "Warning"
    }

    /// The object that an event is about.
    public struct Subject: Hashable, Sendable {
        /// Its kind: `Node`.
        public var kind: String
        /// Its version of the API: `v1`.
        public var apiVersion: String
        /// Its name.
        public var name: String
        /// Its namespace; nil for what is in none, whose events are in `default`.
        public var namespace: String?
        /// Its unique number; `kubectl describe node` finds events by the name there, as the kubelet writes them.
        public var uid: String?

        /// Names an object.
        public init(
            kind: String, apiVersion: String = "v1", name: String, namespace: String? = nil,
            uid: String? = nil
        ) {
            self.kind = kind
            self.apiVersion = apiVersion
            self.name = name
            self.namespace = namespace
            self.uid = uid
        }

        /// The node of a name.
        public static func node(_ name: String) -> Subject { Subject(kind: "Node", name: name, uid: name) }
    }

    private struct Key: Hashable {
        let subject: Subject
        let reason: String
        let message: String
    }

    private struct Written {
        var name: String
        var count: Int
        var time: ContinuousClock.Instant
    }

    private let client: KubernetesClient
    private let component: String
    private let node: String
    private let written = Mutex<[Key: Written]>([:])

    /// How many different events are remembered.
    private static let limit = 1000
    /// How long an event that recurs is only counted here.
    private static let pause = Duration.seconds(60)

    /// Creates a writer.
    ///
    /// - Parameter component: Who writes: `vpc-agent`.
    /// - Parameter node: The name of the node that it is on.
    public init(_ client: KubernetesClient, component: String, node: String) {
        self.client = client
        self.component = component
        self.node = node
    }

    /// Writes an event, or counts it in the one that is there.
    ///
    /// - Parameter reason: One word in capitals for machines: `FailedAttachENI`.
    /// - Parameter message: A sentence for people.
    /// - Throws: What ``KubernetesClient/create(_:namespace:_:)`` throws; nothing depends on an event.
    public func write(
        _ kind: Kind, about subject: Subject, reason: String, message: String
    ) async throws(AgentError) {
        let key = Key(subject: subject, reason: reason, message: message)
        let last = written.withLock { written -> Written? in
            guard var last = written[key] else { return nil }
            last.count += 1
            written[key] = last
            return last
        }
        let namespace = subject.namespace ?? "default"
        let now = Date.now.formatted(.iso8601)
        if let last {
            if last.time.duration(to: .now) < Self.pause { return }
            written.withLock { $0[key]?.time = .now }
            do throws(AgentError) {
                try await client.patch(
                    .events, last.name, namespace: namespace,
                    patch: ["count": JSON(last.count), "lastTimestamp": .string(now)])
                return
            } catch  where error.code == .refused {
                // Events live for an hour: another one is written.
            }
        }
        let name = "\(subject.name).\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        var object: JSONObject = [
            "kind": .string(subject.kind), "apiVersion": .string(subject.apiVersion),
            "name": .string(subject.name),
        ]
        if let namespace = subject.namespace { object["namespace"] = .string(namespace) }
        if let uid = subject.uid { object["uid"] = .string(uid) }
        try await client.create(
            .events, namespace: namespace,
            [
                "kind": "Event", "apiVersion": "v1",
                "metadata": ["name": .string(name), "namespace": .string(namespace)],
                "involvedObject": .object(object), "type": .string(kind.rawValue),
                "reason": .string(reason), "message": .string(String(message.prefix(1024))),
                "source": ["component": .string(component), "host": .string(node)],
                "reportingComponent": .string(component), "reportingInstance": .string(node),
                "firstTimestamp": .string(now), "lastTimestamp": .string(now), "count": 1,
            ])
        written.withLock { written in
            if written.count >= Self.limit { written = [:] }
            written[key] = Written(name: name, count: 1, time: .now)
        }
    }
}
