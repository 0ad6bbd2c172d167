// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import Testing

@testable import VPCAgent

@Suite("The agent is killed at any change in EC2, and started again")
struct KilledTests {
    /// ENIs that are somebody else's, as far as tags, attachment and description can look like ours.
    private func makeForeign(_ box: Box) async throws -> Set<String> {
        let subnet = try #require(box.names["subnet/b"])
        var ids: Set<String> = []
        for (text, tags) in [
            ("aws-K8S-\(box.instance)", ["team": "other"]),
            ("somebody's", [ENITags.instance: box.instance]),
            ("aws-K8S-\(box.instance)", [ENITags.instance: box.instance, ENITags.unmanaged: "true"]),
            ("aws-K8S-i-0123456789abcdef0", [ENITags.instance: "i-0123456789abcdef0"]),
        ] {
            ids.insert(
                try await box.service.createNetworkInterface(
                    NetworkInterfaceRequest(subnetID: subnet, text: text, tags: tags)
                ).id)
        }
        return ids
    }

    private func ours(_ box: Box, except foreign: Set<String>) async throws -> [NetworkInterface] {
        try await box.interfaces().filter { !foreign.contains($0.id) }
    }

    /// Growing from nothing to 12 addresses takes at least: assign, create, attach, modify.
    @Test("While it grows", arguments: 1...4, [false, true])
    func growing(change: Int, happens: Bool) async throws {
        let box = try await Box()
        let foreign = try await makeForeign(box)
        let folder = try TemporaryFolder()
        let dying = DyingEC2(box.service, at: change, happens: happens)
        let first = try WholeAgent(box, ["WARM_IP_TARGET": "12"], in: folder, service: dying)
        try await eventually("killed") { dying.isOver }
        try await first.stop()
        let second = try WholeAgent(box, ["WARM_IP_TARGET": "12"], in: folder)
        let keeper = try await second.keeper
        try await eventually("12 addresses") { await keeper.snapshot.counts.free >= 12 }
        try await eventually("none is left unattached") {
            try await ours(box, except: foreign).allSatisfy { $0.attachment?.status == .attached }
        }
        // What was attached is used. A call that was under way beside the last one may come to its effect late: then there
        // is one ENI more than needed, which the pool has, too.
        try await eventually("all of them are the pool's") {
            Set(try await ours(box, except: foreign).map(\.id))
                == Set(await keeper.snapshot.enis.map(\.id.text))
        }
        #expect(2...3 ~= (try await ours(box, except: foreign).count))
        #expect(foreign.isSubset(of: Set(try await box.interfaces().map(\.id))))
        // All of them go with the instance, also where the kill came before that was said.
        try await eventually("all go with the instance") {
            try await ours(box, except: foreign).allSatisfy { $0.attachment?.deletesOnTermination == true }
        }
    }

    /// Giving back one ENI and the primary one's addresses takes: detach, delete, unassign.
    @Test("While the node is drained", arguments: 1...3, [false, true])
    func draining(change: Int, happens: Bool) async throws {
        let box = try await Box()
        let foreign = try await makeForeign(box)
        let folder = try TemporaryFolder()
        let first = try WholeAgent(box, ["WARM_IP_TARGET": "12"], in: folder)
        try await first.free(12)
        try await first.stop()
        let dying = DyingEC2(box.service, at: change, happens: happens)
        var second = first.agent
        second.service = dying
        let killed = second
        let drain = Task { try await killed.drain() }
        try await eventually("killed") { dying.isOver }
        drain.cancel()
        _ = await drain.result
        let left = try await first.agent.drain()
        #expect(left == [])
        // The next start sweeps what only its tags show.
        let third = try WholeAgent(box, ["WARM_IP_TARGET": "1"], in: folder)
        try await third.free(1)
        try await eventually("only the primary ENI is left") {
            try await ours(box, except: foreign).count == 1
        }
        #expect(foreign.isSubset(of: Set(try await box.interfaces().map(\.id))))
    }

    @Test("An instance that is terminated leaves no ENI of its agent's")
    func terminated() async throws {
        let box = try await Box()
        let foreign = try await makeForeign(box)
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "20"], in: TemporaryFolder())
        try await agent.free(20)
        #expect(try await ours(box, except: foreign).count == 3)
        try await agent.stop()
        try await box.post("instances/\(box.instance)/terminate")
        try await eventually("all are gone") { try await ours(box, except: foreign).isEmpty }
        #expect(Set(try await box.interfaces().map(\.id)) == foreign)
    }
}
