// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import NodeAgent
import NodeAgentTesting
import Testing

@testable import VPCAgent

@Suite("The agent and an API server")
struct KubernetesTests {
    private static let custom = ["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "WARM_IP_TARGET": "3"]

    private func configs(_ server: FakeKubernetes) -> FakeObjects {
        server.answers.objects("ENIConfig", "eniconfigs", apiVersion: "crd.k8s.amazonaws.com/v1alpha1")
    }

    private func node(_ server: FakeKubernetes, pods: Int = 29, _ change: (inout JSON) -> Void = { _ in }) {
        var object: JSON = ["spec": [:], "status": ["capacity": ["pods": .string("\(pods)")]]]
        change(&object)
        server.nodes.put("node1", object)
    }

    private func events(_ server: FakeKubernetes, _ reason: String) -> [String] {
        server.events.all.filter { $0["reason"]?.string == reason }.compactMap { $0["message"]?.string }
    }

    /// How the ENIConfig of the node is found.
    enum Place: String, CaseIterable { case label, annotation, external, fallback }

    @Test(
        "Pods' ENIs are made where the node's ENIConfig says, and with its security groups",
        arguments: Place.allCases)
    func eniConfig(place: Place) async throws {
        let box = try await Box()
        let server = try await FakeKubernetes()
        let subnet = try #require(box.names["subnet/pods"])
        let group = try #require(box.names["group/pods"])
        let wanted: JSON = ["spec": ["subnet": .string(subnet), "securityGroups": [.string(group)]]]
        let other: JSON = ["spec": ["subnet": .string(try #require(box.names["subnet/b"]))]]
        let name = place == .fallback ? "default" : "wanted"
        configs(server).put(name, wanted)
        if place != .fallback { configs(server).put("default", other) }
        node(server) { object in
            switch place {
            case .label: object["metadata"] = ["labels": ["k8s.amazonaws.com/eniConfig": "wanted"]]
            case .annotation:
                object["metadata"] = [
                    "labels": ["k8s.amazonaws.com/eniConfig": "default"],
                    "annotations": ["k8s.amazonaws.com/eniConfig": "wanted"],
                ]
            case .external:
                object["metadata"] = [
                    "labels": ["vpc.amazonaws.com/externalEniConfig": "wanted"],
                    "annotations": ["k8s.amazonaws.com/eniConfig": "default"],
                ]
            case .fallback: break
            }
        }
        let agent = try WholeAgent(box, Self.custom, in: TemporaryFolder(), kubernetes: server)
        try await agent.free(3)
        let made = try await box.interfaces().filter { $0.attachment?.deviceIndex != 0 }
        #expect(made.count == 1)
        #expect(made.first?.subnetID == subnet)
        #expect(made.first?.securityGroupIDs == [group])
        let given = try await agent.add("c1")
        #expect(given.v4.map { IPPrefix("100.64.0.0/24")?.contains($0) == true } == true)
        // The primary ENI is for the node alone.
        #expect(given.eni.text == made.first?.id)
    }

    @Test("An ENIConfig that is missing, wrong, or of another zone is an event, and nothing is made")
    func unusableConfig() async throws {
        let box = try await Box()
        let server = try await FakeKubernetes()
        node(server)
        // A cluster without the custom resource at all, first: the server does not know the path.
        let agent = try WholeAgent(box, Self.custom, in: TemporaryFolder(), kubernetes: server)
        _ = configs(server)
        try await eventually("missing") { !events(server, "ENIConfigMissing").isEmpty }
        configs(server).put("default", ["spec": ["subnet": "eu-central-1a"]])
        try await eventually("wrong") { events(server, "ENIConfigUnusable").count == 1 }
        let other = try #require(box.names["subnet/other-zone"])
        configs(server).put("default", ["spec": ["subnet": .string(other)]])
        try await eventually("another zone") {
            events(server, "ENIConfigUnusable").contains {
                $0.contains("not in this node's zone eu-central-1a")
            }
        }
        #expect(try await box.interfaces().count == 1)
        configs(server).put("default", ["spec": ["subnet": .string(try #require(box.names["subnet/pods"]))]])
        try await agent.free(3)
    }

    @Test("ENIConfigs of a file, by zone, without Kubernetes")
    func configFile() async throws {
        let box = try await Box()
        let folder = try TemporaryFolder()
        let (pods, group) = (try #require(box.names["subnet/pods"]), try #require(box.names["group/pods"]))
        let path = try folder.write(
            "configs.json",
            #"{"eu-central-1a": {"subnet": "\#(pods)", "securityGroups": ["\#(group)"]}, "default": {"subnet": "subnet-0"}}"#
        )
        let agent = try WholeAgent(box, Self.custom, in: folder) { $0.paths.eniConfigs = path }
        try await agent.free(3)
        let made = try await box.interfaces().filter { $0.attachment?.deviceIndex != 0 }
        #expect(made.map(\.subnetID) == [pods] && made.first?.securityGroupIDs == [group])
        for text in [
            "[]", #"{"a": {"subnet": 1}}"#, #"{"a": {"subnet": "subnet-1", "securityGroups": "sg-1"}}"#,
        ] {
            let wrong = try folder.write("wrong.json", text)
            #expect(throws: AgentError.self) { try ENIConfigFile(wrong) }
        }
    }

    @Test("More pods than addresses: one event, with both numbers")
    func maxPods() async throws {
        let box = try await Box()
        let server = try await FakeKubernetes()
        node(server, pods: 110)
        let agent = try WholeAgent(box, in: TemporaryFolder(), kubernetes: server)
        try await eventually("the event") { !events(server, "MaxPodsTooHigh").isEmpty }
        // The node is read several times more.
        let read = server.answers.count(of: "GET /api/v1/nodes/node1")
        try await eventually("read again") { server.answers.count(of: "GET /api/v1/nodes/node1") > read + 3 }
        let texts = events(server, "MaxPodsTooHigh")
        #expect(texts.count == 1)
        #expect(texts[0].contains("110") && texts[0].contains("29"))
        #expect(server.events.all.allSatisfy { $0["count"]?.int == 1 })
        #expect(await agent.agent.board.pool["kubeletMaxPods"] == 110)
    }

    @Test("With custom networking the node has fewer, and the event says so")
    func maxPodsCustom() async throws {
        let box = try await Box()
        let server = try await FakeKubernetes()
        configs(server).put("default", ["spec": ["subnet": .string(try #require(box.names["subnet/pods"]))]])
        node(server, pods: 29)
        let agent = try WholeAgent(box, Self.custom, in: TemporaryFolder(), kubernetes: server)
        try await eventually("the event") { !events(server, "MaxPodsTooHigh").isEmpty }
        #expect(
            events(server, "MaxPodsTooHigh").first?.contains("29 pods, and this node has addresses for 20")
                == true)
        withExtendedLifetime(agent) {}
    }

    @Test("A cordoned node keeps nothing ready, and serves who asks all the same")
    func cordoned() async throws {
        let box = try await Box()
        let server = try await FakeKubernetes()
        node(server) { $0["spec"] = ["unschedulable": true] }
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "5"], in: TemporaryFolder(), kubernetes: server)
        _ = try await agent.keeper
        try await eventually("the node is read") { server.answers.count(of: "GET /api/v1/nodes/node1") > 2 }
        _ = try await agent.add("c1")
        server.nodes.change("node1") { $0["spec"] = [:] }
        try await agent.free(5)
    }

    @Test("A full subnet, and an EC2 that does not answer, arrive as events")
    func causes() async throws {
        let box = try await Box(prefix: "10.0.0.0/28")
        let server = try await FakeKubernetes()
        node(server)
        let agent = try WholeAgent(
            box, ["ENABLE_SUBNET_DISCOVERY": "false", "WARM_IP_TARGET": "12"], in: TemporaryFolder(),
            service: try await box.client(attempt: .milliseconds(500)), kubernetes: server)
        try await eventually("exhausted") { !events(server, "SubnetExhausted").isEmpty }
        try await box.set(["rules": [["action": "*", "effect": "hold"]]])
        let keeper = try await agent.keeper
        keeper.lookRequest.yield()
        try await eventually("unreachable") { !events(server, "EC2Unreachable").isEmpty }
        #expect(events(server, "EC2Unreachable").allSatisfy { $0.contains("127.0.0.1") })
        try await box.clearFaults()
    }

    @Test("A missing permission arrives as an event with its name")
    func permission() async throws {
        let box = try await Box(policy: [
            "Statement": [["Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"]]
        ])
        let server = try await FakeKubernetes()
        node(server)
        let agent = try WholeAgent(
            box, ["WARM_IP_TARGET": "3"], in: TemporaryFolder(), service: try await box.client(),
            kubernetes: server)
        try await eventually("the event") {
            events(server, "MissingIAMPermissions").contains { $0.contains("ec2:AssignPrivateIpAddresses") }
        }
        withExtendedLifetime(agent) {}
    }

    /// How an API server fails.
    enum Failure: String, CaseIterable { case hangs, fails, forbids }

    @Test(
        "An API server that does not answer, fails or forbids changes nothing in EC2",
        arguments: Failure.allCases)
    func apiServer(failure: Failure) async throws {
        let box = try await Box()
        let server = try await FakeKubernetes()
        node(server)
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "3"], in: TemporaryFolder(), kubernetes: server)
        try await agent.free(3)
        try await eventually("the node is read") { server.answers.count(of: "GET /api/v1/nodes/node1") > 2 }
        let before = try await box.interfaces()
        server.answers.behave {
            switch failure {
            case .hangs: $0.hangs = true
            case .fails: $0.failure = 500
            case .forbids: $0.forbidden = ["GET /api/v1/nodes", "POST /api/v1"]
            }
        }
        for _ in 0..<3 { try await (try await agent.keeper).lookAtEC2() }
        let given = try await agent.add("c1")
        #expect(given.v4 != nil)
        try await agent.free(3)
        let after = try await box.interfaces()
        #expect(Set(after.map(\.id)) == Set(before.map(\.id)))
        #expect(
            Set(before.flatMap(\.secondaryAddresses)).isSubset(of: Set(after.flatMap(\.secondaryAddresses))))
        server.answers.behave { $0.hangs = false }
    }

    @Test("A pod's addresses stand in its annotation until they are another's")
    func annotation() async throws {
        let box = try await Box()
        let server = try await FakeKubernetes()
        node(server)
        server.pods.put("default/c1")
        let agent = try WholeAgent(
            box, ["ANNOTATE_POD_IP": "true", "WARM_IP_TARGET": "3"], in: TemporaryFolder(), kubernetes: server
        )
        func annotated() -> String? {
            server.pods["default/c1"]?["metadata"]?["annotations"]?["vpc.amazonaws.com/pod-ips"]?.string
        }
        let first = try await agent.add("c1")
        try await eventually("annotated") { annotated() == first.v4?.description }
        // The next sandbox of the same pod, and then the late DEL of the one before.
        let key = AttachmentKey(container: "c1-again", interface: "eth0")
        let keeper = try await agent.keeper
        let second = try await keeper.add(
            AddRequest(key: key, network: "vpc", pod: "default/c1"), patience: .seconds(90))
        try await eventually("the new one's") { annotated() == second.v4?.description }
        try await keeper.release(first.key, reason: "del")
        // A pod that is not there, and one without Kubernetes, hold nothing up.
        _ = try await agent.add("c2")
        server.pods.put("default/c3")
        _ = try await agent.add("c3")
        try await eventually("a later one's") {
            server.pods["default/c3"]?["metadata"]?["annotations"]?["vpc.amazonaws.com/pod-ips"] != nil
        }
        #expect(annotated() == second.v4?.description)
        try await keeper.release(second.key, reason: "del")
        try await eventually("gone") { annotated() == nil }
    }

    @Test("Without being asked to, no pod is touched")
    func noAnnotation() async throws {
        let box = try await Box()
        let server = try await FakeKubernetes()
        node(server)
        server.pods.put("default/c1")
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "3"], in: TemporaryFolder(), kubernetes: server)
        _ = try await agent.add("c1")
        try await agent.free(3)
        #expect(server.answers.count(of: "GET /api/v1/namespaces") == 0)
        #expect(server.answers.count(of: "PATCH") == 0)
    }
}
