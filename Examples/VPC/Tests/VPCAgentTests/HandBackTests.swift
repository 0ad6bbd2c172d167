// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import NodeAgent
import NodeAgentTesting
import Testing

@testable import VPCAgent

@Suite("The way back to aws-node")
struct HandBackTests {
    private func options(_ folder: TemporaryFolder) -> AgentOptions {
        AgentOptions.read(["AWS_VPC_K8S_CNI_BACKING_STORE": "\(folder.path)/ipam.json"]).options
    }

    @Test("Its checkpoint has every pod as it writes them itself, and is taken over again as it is")
    func roundTrip() async throws {
        let box = try await Box()
        let folder = try TemporaryFolder()
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "2"], in: folder)
        var given: [AttachmentKey: Assignment] = [:]
        for number in 0..<3 {
            let one = try await agent.add("c\(number)")
            given[one.key] = one
        }
        try await agent.keeper.release(TestNode.request("c0").key, reason: "del")
        given[TestNode.request("c0").key] = nil
        #expect(throws: AgentError.self) {
            try HandedBack(agent.agent.paths, options(folder)).write(otherAgent: nil)
        }
        try await agent.stop()
        #expect(throws: AgentError.self) {
            try HandedBack(agent.agent.paths, options(folder)).write(otherAgent: "it runs")
        }
        #expect(try HandedBack(agent.agent.paths, options(folder)).write(otherAgent: nil) == [])
        let text = try TemporaryFolder.read("\(folder.path)/ipam.json")
        let document = try JSON(parsing: text)
        #expect(document["version"]?.string == "vpc-cni-ipam/1")
        let entries = document["allocations"]?.array ?? []
        #expect(entries.count == 2)
        for entry in entries {
            #expect(entry["networkName"]?.string == "aws-cni" && entry["ifName"]?.string == "eth0")
            let key = AttachmentKey(container: entry["containerID"]?.string ?? "", interface: "eth0")
            #expect(entry["ipv4"]?.string == given[key]?.v4?.description)
            #expect(entry["metadata"]?["k8sPodName"]?.string == key.container)
            #expect(entry["metadata"]?["k8sPodNamespace"]?.string == "default")
            // Nanoseconds, of this century.
            #expect((entry["allocationTimestamp"]?.int ?? 0) > 1_700_000_000_000_000_000)
        }
        // There and back again: the same pods have the same addresses.
        let again = try WholeAgent(
            box, ["WARM_IP_TARGET": "2", "AWS_VPC_K8S_CNI_BACKING_STORE": "\(folder.path)/ipam.json"],
            in: folder)
        let next = try await again.keeper
        for (key, assignment) in given { #expect(await next.assignment(key)?.v4 == assignment.v4) }
        #expect(await next.snapshot.assignments.count == 2)
    }

    @Test("What it cannot take over is named")
    func left() throws {
        let folder = try TemporaryFolder()
        let paths = WholeAgent.paths(in: folder)
        #expect(throws: AgentError.self) { try HandedBack(paths, options(folder)).write(otherAgent: nil) }
        do {
            var journal = try JournalFile(paths.journal, boot: NodeBoot.id)
            try journal.compact(JournalContent())
            let now = Moment.zero
            try journal.append(
                .assigned(
                    Assignment(
                        key: TestNode.request("own").key, kind: .exclusive, eni: ENIID("eni-1"),
                        v4: IPAddress("10.0.0.9"), pod: "default/own", since: now)))
            try journal.append(
                .assigned(
                    Assignment(
                        key: TestNode.request("both").key, eni: ENIID("eni-1"), v4: IPAddress("10.0.0.8"),
                        v6: IPAddress("2001:db8::8"), pod: "default/both", since: now)))
            try journal.append(
                .assigned(
                    Assignment(
                        key: TestNode.request("six").key, eni: ENIID("eni-1"), v6: IPAddress("2001:db8::9"),
                        pod: "default/six", since: now)))
        }
        let left = try HandedBack(paths, options(folder)).write(otherAgent: nil)
        #expect(left.count == 2)
        #expect(left.contains("own/eth0 (default/own): it has an ENI of its own"))
        let checkpoint = try Checkpoint(
            parsing: Array(try TemporaryFolder.read("\(folder.path)/ipam.json").utf8))
        #expect(checkpoint.allocations.map(\.key.container) == ["six"])
    }
}
