// SPDX-License-Identifier: Apache-2.0

import CNITypes
import NodeAgentKubernetes
import NodeAgentTesting
import Synchronization
import Testing

/// A follower of objects of any kind.
@Suite struct ReflectorTests {
    private static let configs = KubernetesResource(
        group: "crd.k8s.amazonaws.com", version: "v1alpha1", plural: "eniconfigs")

    /// What was reported so far.
    private final class Told: Sendable {
        private let all = Mutex<[KubernetesReflector.Event]>([])

        func add(_ event: KubernetesReflector.Event) { all.withLock { $0.append(event) } }
        var events: [KubernetesReflector.Event] { all.withLock { $0 } }
        var names: [String] {
            events.flatMap { event -> [String] in
                switch event {
                case .page(let objects): objects.compactMap { $0["metadata"]?["name"]?.string }
                case .present(let object): [object["metadata"]?["name"]?.string ?? ""]
                case .absent(let object): ["-\(object["metadata"]?["name"]?.string ?? "")"]
                default: []
                }
            }
        }
        var failures: [AgentError] {
            events.compactMap { if case .failure(let error) = $0 { error } else { nil } }
        }
    }

    private func reflect(
        _ server: FakeKubernetes, _ resource: KubernetesResource, _ selection: KubernetesSelection = .all,
        final: Set<AgentError.Code> = [],
        _ body: (Told) async throws -> Void
    ) async throws {
        let client = try KubernetesClient(KubernetesAccess(server: server.url), agent: "test")
        let told = Told()
        let task = Task {
            try await KubernetesReflector(client, resource, selection).run(final: final) { told.add($0) }
        }
        try await body(told)
        task.cancel()
        _ = await task.result
    }

    @Test func `objects of a group of its own are listed and watched`() async throws {
        let server = try await FakeKubernetes()
        let configs = server.answers.objects(
            "ENIConfig", "eniconfigs", apiVersion: "crd.k8s.amazonaws.com/v1alpha1")
        configs.put("zone-a", ["spec": ["subnet": "subnet-1"]])
        try await reflect(server, Self.configs) { told in
            #expect(await holds { told.events.contains(.listed) && configs.watchCount == 1 } != nil)
            configs.put("zone-b", ["spec": ["subnet": "subnet-2"]])
            #expect(await holds { told.names == ["zone-a", "zone-b"] } != nil)
            configs.delete("zone-a")
            #expect(await holds { told.names == ["zone-a", "zone-b", "-zone-a"] } != nil)
            #expect(told.failures.isEmpty)
        }
    }

    @Test func `only the pods of a node, and of those that begin to be on it`() async throws {
        let server = try await FakeKubernetes()
        server.pods.put("default/a", onNode: "node1")
        server.pods.put("default/b", onNode: "node2")
        try await reflect(server, .pods, KubernetesSelection(fields: "spec.nodeName=node1")) { told in
            #expect(await holds { server.pods.watchCount == 1 } != nil)
            server.pods.put("kube-system/c", onNode: "node1")
            server.pods.put("default/d", onNode: "node2")
            server.pods.put("default/e", onNode: "node1")
            #expect(await holds { told.names == ["a", "c", "e"] } != nil)
        }
    }

    @Test func `a kind that the server does not know is reported and asked for again`() async throws {
        let server = try await FakeKubernetes()
        try await reflect(server, Self.configs) { told in
            #expect(await holds { told.failures.count > 1 } != nil)
            #expect(told.failures.first?.code == .refused)
            #expect(told.failures.first?.message.contains("eniconfigs") == true)
            _ = server.answers.objects(
                "ENIConfig", "eniconfigs", apiVersion: "crd.k8s.amazonaws.com/v1alpha1")
            #expect(await holds { told.events.contains(.listed) } != nil)
        }
    }

    @Test func `a server that hangs with its connections open is detected, and used again when it is back`()
        async throws
    {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: [])
        try await reflect(server, .nodes) { told in
            #expect(await holds { server.nodes.watchCount == 1 } != nil)
            // Silence alone is no failure: the server is asked, and answers.
            #expect(await holds(within: .seconds(40)) { told.events.contains(.contact) } != nil)
            #expect(told.failures.isEmpty && server.answers.count(of: "GET /version") > 0)
            let start = ContinuousClock.now
            server.answers.behave { $0.hangs = true }
            #expect(await holds(within: .seconds(60)) { !told.failures.isEmpty } != nil)
            print("an API server that hangs was noticed after \(start.duration(to: .now))")
            #expect(told.failures.first?.code == .unreachable)
            #expect(told.failures.first?.message.contains("silent for") == true, "\(told.failures)")
            server.nodes.put("node2", podCIDRs: [])
            server.answers.behave { $0.hangs = false }
            #expect(await holds(within: .seconds(40)) { told.names.last == "node2" } != nil)
            // From where it was, without a list.
            #expect(server.answers.count(of: "GET /api/v1/nodes?limit") == 1)
        }
    }

    @Test func `final codes end it`() async throws {
        let server = try await FakeKubernetes()
        server.answers.behave { $0.forbidden = ["GET /api/v1/nodes"] }
        let client = try KubernetesClient(KubernetesAccess(server: server.url), agent: "test")
        let failure = await #expect(throws: AgentError.self) {
            try await KubernetesReflector(client, .nodes).run(final: [.refused]) { _ in }
        }
        #expect(failure?.message == "kubernetes GET /api/v1/nodes: User \"node\" cannot do that (403)")
    }
}
