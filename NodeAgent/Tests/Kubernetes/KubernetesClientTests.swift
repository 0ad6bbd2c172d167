// SPDX-License-Identifier: Apache-2.0

import CNITypes
import NodeAgentKubernetes
import NodeAgentTesting
import Testing

/// Objects that are read, changed and created.
@Suite struct KubernetesClientTests {
    private func client(_ server: FakeKubernetes) throws -> KubernetesClient {
        try KubernetesClient(KubernetesAccess(server: server.url), agent: "test")
    }

    @Test func `what is not there is nil, what the server does not know is refused`() async throws {
        let server = try await FakeKubernetes()
        let client = try client(server)
        #expect(try await client.get(.nodes, "node1") == nil)
        server.pods.put("default/a", onNode: "node1")
        #expect(try await client.get(.pods, "a", namespace: "default")?["spec"]?["nodeName"] == "node1")
        #expect(try await client.get(.pods, "a", namespace: "other") == nil)
        let unknown = await #expect(throws: AgentError.self) {
            try await client.get(KubernetesResource(group: "x.y", plural: "zs"), "a")
        }
        #expect(unknown?.code == .refused)
        #expect(unknown?.message.contains("GET /apis/x.y/v1/zs/a") == true)
    }

    @Test func `a name does not lead out of its path`() async throws {
        let server = try await FakeKubernetes()
        _ = try? await client(server).get(.nodes, "../pods?x=1", namespace: nil)
        #expect(server.answers.asked == ["GET /api/v1/nodes/..%2Fpods%3Fx%3D1"])
    }

    @Test func `an annotation is merged, and a change that crosses ours is a conflict or tried again`()
        async throws
    {
        let server = try await FakeKubernetes()
        server.nodes.put("node1", podCIDRs: [], annotations: ["a": "1"])
        let client = try client(server)
        let changed = try await client.patch(
            .nodes, "node1", patch: ["metadata": ["annotations": ["b": "2"]]])
        #expect(changed["metadata"]?["annotations"] == ["a": "1", "b": "2"])
        server.nodes.conflict(times: 1)
        let conflict = await #expect(throws: AgentError.self) {
            try await client.patch(.nodes, "node1", patch: ["metadata": ["annotations": ["b": "3"]]])
        }
        #expect(conflict?.code == .conflict)
        server.nodes.conflict(times: 2)
        try await client.patchAnyVersion(
            .nodes, "node1", patch: ["metadata": ["annotations": ["a": .null]]])
        #expect(server.nodes["node1"]?["metadata"]?["annotations"] == ["b": "2"])
    }

    @Test func `an event is created once, and counted when it comes again`() async throws {
        let server = try await FakeKubernetes()
        let events = KubernetesEvents(try client(server), component: "vpc-agent", node: "node1")
        for _ in 0..<3 {
            try await events.write(
                .warning, about: .node("node1"), reason: "SubnetExhausted", message: "subnet-1 has no address"
            )
        }
        try await events.write(
            .normal, about: .init(kind: "Pod", name: "a", namespace: "web"), reason: "Attached",
            message: "eni-1")
        #expect(server.events.all.count == 2)
        let event = try #require(server.events.all.first { $0["reason"] == "SubnetExhausted" })
        #expect(event["type"] == "Warning" && event["metadata"]?["namespace"] == "default")
        #expect(event["involvedObject"]?["uid"] == "node1")
        #expect(event["source"] == ["component": "vpc-agent", "host": "node1"])
        #expect(event["firstTimestamp"]?.string?.hasSuffix("Z") == true)
        #expect(server.events.all.contains { $0["metadata"]?["namespace"] == "web" })
        // Within a minute the server is not asked for what it knows.
        #expect(server.answers.count(of: "P") == 2)
    }
}
