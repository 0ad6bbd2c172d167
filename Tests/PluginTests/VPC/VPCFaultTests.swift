// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import TestSupport
import Testing
import VPCNetwork
import VPCPlugin

/// The laws about failures and sudden deaths for pods with an ENI or a branch of their own; those of shared ENIs are in
/// ``FaultTests``.
///
/// All attempts are on one node: after each it has to be as before.
@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"), .serialized)
struct VPCFaultTests {
    /// A node, what it has before a pod comes, and how a pod asks.
    private final class Node {
        let world: VPCWorld
        let members: [String: JSON?]
        let network: String
        let before: String
        private var count = 0

        init(_ mode: String) throws {
            network = mode
            if mode == "exclusive" {
                (world, members) = (try VPCWorld(.both), ["mode": "exclusive"])
            } else {
                let isStrict = mode == "strict"
                world = try VPCWorld(.both) { $0.hasStrictBranches = isStrict }
                if isStrict { try world.converge() }
                members = VPCBranchTests.members(5, isStrict: isStrict)
            }
            before = try world.node.snapshot()
        }

        func container() throws -> TestContainer {
            count += 1
            return try world.node.container("c\(count)")
        }

        func invocation(_ command: Command, _ container: TestContainer) -> Invocation {
            world.node.invocation(
                command, world.configuration(network).with(members), for: container,
                variables: [
                    "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=\(container.id)"
                ])
        }

        /// What has changed, and who still has an address.
        func leftovers() throws -> String {
            try difference(before, world.node.snapshot()) + world.agent.holders.joined(separator: " ")
        }

        /// What `record` says of an undisturbed ADD, which is taken back.
        func undisturbed<Record: Collection>(
            _ record: (() -> Outcome) -> (Record, value: Outcome)
        ) throws -> Record {
            let container = try container()
            let invocation = invocation(.add, container)
            let record = try world.node.undisturbed(record) { VPCPlugin.respond(to: invocation) }
            let deleted = try respond(.delete, container)
            let change = try leftovers()
            try #require(deleted.status == 0 && change == "", "\(deleted)\n\(change)")
            return record
        }

        func respond(_ command: Command, _ container: TestContainer) throws -> Outcome {
            let invocation = invocation(command, container)
            return try world.node.run { VPCPlugin.respond(to: invocation) }
        }
    }

    @Test func `an ADD that fails at any operation gives the ENI back`() async throws {
        try await expectNoChangeByFailures("exclusive")
    }

    @Test(.needsKind("vlan"), arguments: ["strict", "standard"])
    func `an ADD that fails at any operation leaves nothing of a branch`(mode: String) async throws {
        try await expectNoChangeByFailures(mode)
    }

    @Test func `DEL gives the ENI back that an ADD which died at any operation has left`() async throws {
        try await expectNoChangeByDeaths("exclusive")
    }

    @Test(.needsKind("vlan"), arguments: ["strict", "standard"])
    func `DEL removes what an ADD that died at any operation has left of a branch`(mode: String) async throws
    {
        try await expectNoChangeByDeaths(mode)
    }

    private func expectNoChangeByFailures(_ mode: String) async throws {
        let node = try Node(mode)
        let operations = try node.undisturbed { FaultInjection.operations(in: $0) }
        #expect(operations.count > 20)
        for index in operations.indices.sample() {
            await Task.yield()
            let container = try node.container()
            let invocation = node.invocation(.add, container)
            let outcome = try node.world.node.run {
                FaultInjection.failing(at: index) { VPCPlugin.respond(to: invocation) }
            }
            // Only steps that can be done without may fail.
            if outcome.status == 0 { #expect(try node.respond(.delete, container).status == 0) }
            let change = try node.leftovers()
            #expect(change == "", "operation \(index): \(operations[index])\n\(outcome)")
            if change != "" { return }
        }
    }

    private func expectNoChangeByDeaths(_ mode: String) async throws {
        let node = try Node(mode)
        for moment in try node.undisturbed({ FaultInjection.moments(in: $0) }).sample() {
            await Task.yield()
            let container = try node.container()
            let invocation = node.invocation(.add, container)
            _ = try node.world.node.run {
                FaultInjection.halting(at: moment.index) { VPCPlugin.respond(to: invocation) }
            }
            let outcome = try node.respond(.delete, container)
            let change = try node.leftovers()
            #expect(
                outcome.status == 0 && change == "", "\(moment)\n\(change)\n\(outcome)")
            if change != "" { return }
        }
    }
}
