// SPDX-License-Identifier: Apache-2.0

import AddressPool
import EC2
import Testing

@testable import VPCAgent

@Suite("The agent ends in the middle of it")
struct CrashTests {
    /// Where the agent ends: before a call has an effect, or after it without having seen the answer.
    struct Point: Sendable, CustomTestStringConvertible {
        var action: String
        var happens: Bool
        var testDescription: String { "\(action), \(happens ? "after" : "before")" }
    }

    static let creation = [
        "CreateNetworkInterface", "AttachNetworkInterface", "ModifyNetworkInterfaceAttribute",
    ]
    .flatMap { [Point(action: $0, happens: false), Point(action: $0, happens: true)] }
    static let deletion = ["DetachNetworkInterface", "DeleteNetworkInterface"]
        .flatMap { [Point(action: $0, happens: false), Point(action: $0, happens: true)] }

    private func operations(_ node: TestNode) async throws -> ENIOperations {
        let identity = try await NodeIdentity.discover(FakeMetadata(ec2: node.ec2), node.ec2)
        var operations = ENIOperations(
            service: node.ec2, node: identity, options: node.options, logger: node.logger,
            clock: { 1_800_000_000 })
        operations.pause = .milliseconds(8)
        operations.patience = .seconds(20)
        return operations
    }

    /// Does an action until the point; cancelled is what a kill looks like to EC2.
    private func interrupted(_ action: Action, at point: Point, _ node: TestNode) async throws {
        let operations = try await operations(node)
        await node.ec2.fail(point.action, .cancelled, happens: point.happens)
        guard case .failed(let error) = await operations.perform(action) else {
            Issue.record("was not interrupted")
            return
        }
        #expect(error.kind == .cancelled)
    }

    /// What the next agent does: looks, sweeps, and is asked for nothing.
    private func leftovers(_ node: TestNode) async throws -> [String] {
        let operations = try await operations(node)
        _ = try await LeakSweep(operations: operations).run(isStart: true)
        let attached = try await node.ec2.describeNetworkInterfaces(
            .matching("attachment.instance-id", "i-1"))
        let known = Set(attached.map(\.id))
        return await node.ec2.interfaces.keys.filter { !known.contains($0) }.sorted()
    }

    @Test("Creating an ENI: nothing leaks, and what is attached is adopted", arguments: creation)
    func creating(point: Point) async throws {
        let node = try TestNode()
        try await interrupted(
            .create(.init(subnet: SubnetID("subnet-a"), deviceIndex: 1, addresses: 9)), at: point, node)
        #expect(try await leftovers(node) == [])
        let keeper = try await node.keeper()
        let isAttached = await node.ec2.interfaces.count == 2
        #expect(await keeper.snapshot.enis.count == (isAttached ? 2 : 1))
    }

    @Test("Deleting an ENI: nothing leaks", arguments: deletion)
    func deleting(point: Point) async throws {
        let node = try TestNode()
        guard
            case .created(let made) = await (try operations(node)).perform(
                .create(.init(subnet: SubnetID("subnet-a"), deviceIndex: 1, addresses: 9)))
        else {
            Issue.record("was not made")
            return
        }
        try await interrupted(.remove(ENIID(made.id)), at: point, node)
        // What is detached by now is described as detaching for a while.
        for _ in 0..<3 {
            _ = try await node.ec2.describeNetworkInterfaces(.matching("attachment.instance-id", "i-1"))
        }
        #expect(try await leftovers(node) == [])
    }

    @Test("The sweep leaves alone what is young, unmarked, another cluster's or in use")
    func sweepGuards() async throws {
        let node = try TestNode(FakeEC2(), ["CLUSTER_NAME": "blue"])
        let base = NetworkInterface(
            id: "", subnetID: "subnet-a", vpcID: "vpc-1", text: "aws-K8S-i-2",
            tags: [
                ENITags.instance: "i-2", ENITags.cluster: "blue",
                ENITags.createdAt: ENITags.timestamp(1_800_000_000 - 301),
            ])
        func add(_ id: String, _ change: (inout NetworkInterface) -> Void = { _ in }) async {
            var eni = base
            eni.id = id
            change(&eni)
            let made = eni
            await node.ec2.change { $0.interfaces[id] = made }
        }
        await add("eni-leaked")
        await add("eni-young") { $0.tags[ENITags.createdAt] = ENITags.timestamp(1_800_000_000 - 299) }
        await add("eni-ageless") { $0.tags[ENITags.createdAt] = nil }
        await add("eni-green") { $0.tags[ENITags.cluster] = "green" }
        await add("eni-kept") { $0.tags[ENITags.unmanaged] = "true" }
        await add("eni-other") { $0.text = "somebody's" }
        await add("eni-used") { $0.status = .inUse }
        let swept = try await LeakSweep(operations: try await operations(node)).run(isStart: true)
        #expect(swept == ["eni-leaked"])
        #expect(await node.ec2.interfaces.count == 7)
    }
}
