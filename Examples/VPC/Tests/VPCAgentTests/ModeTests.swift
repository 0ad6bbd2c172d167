// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import Testing

@testable import VPCAgent

@Suite("Modes of the whole agent, and what others have on the node")
struct ModeTests {
    private func addAll(_ count: Int, _ agent: WholeAgent) async throws -> Set<IPAddress> {
        try await agent.addAll(count)
    }

    @Test("Without EC2's API: what the metadata service shows is given, and EC2 is never asked")
    func metadataOnly() async throws {
        let box = try await Box()
        let primary = try #require(try await box.interfaces().first)
        _ = try await box.service.assignPrivateIPAddresses(.addressCount(3), to: primary.id)
        let before = try await box.calls().values.reduce(0) { $0 + $1.calls }
        let agent = try WholeAgent(box, ["ENABLE_IMDS_ONLY_MODE": "true"], in: TemporaryFolder())
        #expect(try await addAll(3, agent).count == 3)
        await #expect(throws: CNIError.self) { try await agent.add("more", within: .milliseconds(300)) }
        _ = try await box.log()
        #expect(try await box.calls().values.reduce(0) { $0 + $1.calls } == before)
    }

    @Test("Where somebody else changes EC2, the agent only describes")
    func provisioningDisabled() async throws {
        let box = try await Box()
        let primary = try #require(try await box.interfaces().first)
        let agent = try WholeAgent(
            box, ["DISABLE_NETWORK_RESOURCE_PROVISIONING": "true"], in: TemporaryFolder())
        let keeper = try await agent.keeper
        await #expect(throws: CNIError.self) { try await agent.add("c0", within: .milliseconds(300)) }
        let assigned = try await box.service.assignPrivateIPAddresses(.addressCount(2), to: primary.id)
        keeper.lookRequest.yield()
        #expect(try await addAll(2, agent).isSubset(of: Set(assigned.addresses)))
        let changes = try await box.calls().keys.filter { !$0.hasPrefix("Describe") && !$0.hasPrefix("imds") }
        #expect(Set(changes) == ["AssignPrivateIpAddresses"])
        #expect(try await box.calls()["AssignPrivateIpAddresses"]?.calls == 1)
    }

    @Test("An operator's own address on the primary ENI is given to no pod, up to the maximum")
    func operatorsAddress() async throws {
        let box = try await Box()
        let primary = try #require(try await box.interfaces().first)
        let own = try await box.service.assignPrivateIPAddresses(.addressCount(1), to: primary.id).addresses
        let address = try #require(own.first)
        try await box.service.createTags([ENITags.reserved: address.description], on: [primary.id])
        let agent = try WholeAgent(box, in: TemporaryFolder())
        let given = try await addAll(26, agent)
        #expect(given.count == 26 && !given.contains(address))
        await #expect(throws: CNIError.self) { try await agent.add("more", within: .milliseconds(500)) }
        let text = PoolTable.text(await agent.agent.board.pool)
        #expect(text.contains("\(address) foreign"))
    }

    @Test("Metadata without IPv4 leaves of somebody's ENI do not keep the agent from starting")
    func hiddenLeaves() async throws {
        let box = try await Box()
        let made = try await box.service.createNetworkInterface(
            NetworkInterfaceRequest(
                subnetID: try #require(box.names["subnet/a"]), text: "somebody's",
                tags: [ENITags.unmanaged: "true"]))
        _ = try await box.service.attachNetworkInterface(made.id, to: box.instance, deviceIndex: 1)
        try await box.set(["hiddenLeaves": .object([made.id: ["local-ipv4s", "subnet-ipv4-cidr-block"]])])
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "12"], in: TemporaryFolder())
        try await agent.free(12)
        let keeper = try await agent.keeper
        #expect(await keeper.snapshot[ENIID(made.id)]?.role == .foreign("tag \(ENITags.unmanaged)"))
    }

    @Test("With both families, ENIs are made only where the subnet has IPv6, and every pod has both")
    func dualStack() async throws {
        let box = try await Box()
        let agent = try WholeAgent(box, ["ENABLE_IPv6": "true"], in: TemporaryFolder())
        let keeper = try await agent.keeper
        for number in 0..<20 {
            let given = try await agent.add("c\(number)")
            #expect(given.v4 != nil && given.v6 != nil)
        }
        let a = try #require(box.names["subnet/a"])
        #expect(await keeper.snapshot.enis.count >= 3)
        #expect(await keeper.snapshot.enis.allSatisfy { $0.subnet.text == a })
    }
}
