// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import NodeAgent
import NodeAgentTesting
import Synchronization
import Testing

@testable import VPCAgent

@Suite("What an operator changes, grants and looks at")
struct OperatorTests {
    @Test("Security groups of the primary ENI that change are carried over, and nobody else's ENI is touched")
    func securityGroups() async throws {
        let box = try await Box(type: "m5.xlarge")
        let (nodes, more) = (try #require(box.names["group/nodes"]), try #require(box.names["group/more"]))
        let pods = try #require(box.names["group/pods"])
        let foreign = try await box.service.createNetworkInterface(
            NetworkInterfaceRequest(
                subnetID: try #require(box.names["subnet/a"]), text: "somebody's", securityGroupIDs: [pods]))
        _ = try await box.service.attachNetworkInterface(foreign.id, to: box.instance, deviceIndex: 1)
        let agent = try WholeAgent(
            box, ["WARM_IP_TARGET": "18", "MANAGE_UNTAGGED_ENI": "false"], in: TemporaryFolder())
        try await agent.free(18)
        let keeper = try await agent.keeper
        let own = try await keeper.add(TestNode.request("own", exclusive: true), patience: .seconds(90))
        let primary = try #require(try await box.interfaces().first { $0.attachment?.deviceIndex == 0 })
        try await box.service.modifyNetworkInterface(primary.id, .securityGroupIDs([nodes, more]))
        try await box.service.modifyNetworkInterface(own.eni.text, .securityGroupIDs([pods]))
        keeper.lookRequest.yield()
        func groups(_ id: String) async throws -> Set<String> {
            Set(try await box.interfaces().first { $0.id == id }?.securityGroupIDs ?? [])
        }
        let ours = try #require(
            await keeper.snapshot.enis.first { !$0.isPrimary && $0.role == .pool }
        ).id.text
        try await eventually("carried over") { try await groups(ours) == [nodes, more] }
        #expect(try await groups(foreign.id) == [pods])
        #expect(try await groups(own.eni.text) == [pods])
        // Once is enough.
        let calls = try await box.calls()["ModifyNetworkInterfaceAttribute"]?.calls
        try await keeper.lookAtEC2()
        #expect(try await box.calls()["ModifyNetworkInterfaceAttribute"]?.calls == calls)
    }

    private static func policy(_ name: String) throws -> JSON {
        let root = #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
        let text = try TemporaryFolder.read("/\(root)/Documentation/VPC/\(name)")
        return try JSON(parsing: Array(text.replacing("CLUSTER", with: "blue").utf8))
    }

    @Test(
        "The policies that come with it allow everything that an agent does, and no more than one cluster's",
        arguments: ["iam-policy.json", "iam-policy-one-cluster.json"])
    func policies(name: String) async throws {
        let box = try await Box(policy: try Self.policy(name))
        let variables = ["CLUSTER_NAME": "blue", "WARM_IP_TARGET": "12", "ENABLE_IPv6": "true"]
        let service = try await box.client()
        let folder = try TemporaryFolder()
        let agent = try WholeAgent(box, variables, in: folder, service: service)
        try await agent.free(12)
        let group = try #require(box.names["group/more"])
        let primary = try #require(try await box.interfaces().first { $0.attachment?.deviceIndex == 0 })
        try await box.service.modifyNetworkInterface(primary.id, .securityGroupIDs([group]))
        try await agent.look()
        try await eventually("groups carried over") {
            try await box.interfaces().filter { $0.attachment != nil }.allSatisfy {
                $0.securityGroupIDs == [group]
            }
        }
        let report = try await agent.agent.permissions()
        #expect(report.missing == [], "\(report.lines)")
        try await agent.stop()
        #expect(try await agent.agent.drain() == [])
        #expect(try await box.interfaces().count == 1)
        // Where nothing of the agent's is attached, no policy is said to lack what may depend on tags.
        #expect(try await agent.agent.permissions().missing == [])
        let refused = try await box.log().filter { $0["code"]?.string == "UnauthorizedOperation" }
        #expect(refused.allSatisfy { $0["parameters"]?["DryRun"]?.string == "true" }, "\(refused)")
        if name.contains("one-cluster") {
            let other = try await box.service.createNetworkInterface(
                NetworkInterfaceRequest(subnetID: try #require(box.names["subnet/a"])))
            await #expect(throws: EC2Error.self) { try await service.deleteNetworkInterface(other.id) }
        }
    }

    @Test(
        "A missing permission is named by the check, for each that EC2 can be asked about",
        arguments: [
            "CreateNetworkInterface", "AttachNetworkInterface", "DetachNetworkInterface",
            "DeleteNetworkInterface",
            "ModifyNetworkInterfaceAttribute", "DescribeSubnets",
        ])
    func check(missing: String) async throws {
        var policy = try Self.policy("iam-policy.json")
        let denial: JSON = ["Effect": "Deny", "Action": .string("ec2:\(missing)"), "Resource": "*"]
        policy["Statement"] = .array((policy["Statement"]?.array ?? []) + [denial])
        let box = try await Box()
        // An ENI of the agent's is there, so that it can be asked about.
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "12"], in: TemporaryFolder())
        try await agent.free(12)
        let setup: JSON = ["roles": ["node": ["policy": policy]]]
        let answer = try await JSONClient(box.base).request(.post, "/_simulator/setup", body: setup)
        try #require(answer.isSuccess, "\(answer.body)")
        var checking = agent.agent
        checking.service = try await box.client()
        let report = try await checking.permissions()
        #expect(report.missing == ["ec2:\(missing)"], "\(report.lines)")
        #expect(report.lines.contains { $0.hasPrefix("ec2:\(missing)  MISSING: ") })
        #expect(report.lines.contains { $0.hasPrefix("ec2:AssignPrivateIpAddresses  not known") })
    }

    @Test("The container runtime gets the network's configuration once addresses can be given, whole")
    func networkList() async throws {
        let box = try await Box(faults: ["metadataIsDown": true])
        let folder = try TemporaryFolder()
        let text = #"{"cniVersion": "1.1.0", "name": "vpc", "plugins": [{"type": "vpc-eni"}]}"#
        let source = try folder.write("source.conflist", text)
        let path = "\(folder.path)/net.d/10-vpc.conflist"
        let list = try NetworkList(reading: source, for: path, naming: "vpc-eni")
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "2"], in: folder) { $0.networkList = list }
        try await eventually("waiting") { await !agent.problems.isEmpty }
        #expect((try? TemporaryFolder.read(path)) == nil)
        try await box.clearFaults()
        try await eventually("written") { (try? TemporaryFolder.read(path)) == text }
        #expect(await agent.problems == [])
        // Nothing half-written is left beside it, which a runtime might take for a network.
        #expect(
            try await Blocking.run { try Program.run(["ls", "-A", "\(folder.path)/net.d"], in: folder) }
                == "10-vpc.conflist\n")
    }

    @Test("A type that takes no prefixes is one event, and pods get single addresses")
    func noPrefixes() async throws {
        let box = try await Box(type: "m4.large")
        let server = try await FakeKubernetes()
        server.nodes.put("node1")
        let agent = try WholeAgent(
            box, ["ENABLE_PREFIX_DELEGATION": "true"], in: TemporaryFolder(), kubernetes: server)
        _ = try await agent.add("c1")
        try await eventually("the event") {
            server.events.all.contains { $0["reason"]?.string == "PrefixesNotSupported" }
        }
        #expect(try await box.interfaces().allSatisfy { $0.ipv4Prefixes.isEmpty })
    }

    @Test("An address that a namespace keeps after its DEL is an event with the namespace's name")
    func held() async throws {
        let box = try await Box()
        let server = try await FakeKubernetes()
        server.nodes.put("node1")
        let look = FakeLook()
        let agent = try WholeAgent(
            box, ["IP_COOLDOWN_PERIOD": "0", "WARM_IP_TARGET": "1"], in: TemporaryFolder(), look: look,
            kubernetes: server)
        let given = try await agent.add("c1")
        let address = try #require(given.v4)
        look.held.withLock { $0 = [address: "/run/netns/c1"] }
        try await (try agent.keeper).release(given.key, reason: "del")
        try await eventually("the event") {
            server.events.all.contains {
                $0["reason"]?.string == "AddressHeld"
                    && $0["message"]?.string?.contains("\(address) was given back, and /run/netns/c1") == true
            }
        }
    }

    @Test("Metrics are there, and are not if nobody is to read them")
    func metrics() async throws {
        let box = try await Box()
        let agent = try WholeAgent(box, in: TemporaryFolder())
        #expect(await agent.agent.pages.page("/metrics").text.contains("awscni_assigned_ip_addresses"))
        let other = try WholeAgent(box, ["DISABLE_METRICS": "true"], in: TemporaryFolder())
        #expect(await other.agent.pages.page("/metrics").status == 404)
        #expect(await other.agent.pages.page("/healthz").status == 200)
    }
}
