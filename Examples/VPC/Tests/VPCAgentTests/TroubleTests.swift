// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import Testing
import VPCNetwork

@testable import VPCAgent

@Suite("The whole agent when EC2 or the metadata service is in trouble")
struct TroubleTests {
    private func addAll(_ count: Int, _ agent: WholeAgent, prefix: String = "c") async throws -> Set<
        IPAddress
    > {
        try await agent.addAll(count, prefix: prefix)
    }

    @Test("Every call once a second: all are served")
    func throttled() async throws {
        let box = try await Box()
        try await box.set(["throttle": ["enabled": true, "limits": ["*": ["capacity": 1, "refill": 1]]]])
        let agent = try WholeAgent(box, in: TemporaryFolder())
        #expect(try await addAll(20, agent).count == 20)
    }

    @Test("A subnet is exhausted, and then freed by others: who waits is served")
    func exhaustedThenFreed() async throws {
        // 11 addresses, of which the node has one.
        let box = try await Box(prefix: "10.0.0.0/28")
        let other = try await box.service.createNetworkInterface(
            NetworkInterfaceRequest(
                subnetID: try #require(box.names["subnet/a"]), text: "somebody's", ipv4: .addressCount(9)))
        let agent = try WholeAgent(
            box, ["ENABLE_SUBNET_DISCOVERY": "false", "WARM_IP_TARGET": "1"], in: TemporaryFolder())
        let asked = try await agent.keeper
        try await eventually("refused") { await asked.lastFailureText != nil }
        let failure = await #expect(throws: CNIError.self) { try await agent.add("c0", within: .seconds(2)) }
        #expect(failure?.details?.contains("InsufficientFreeAddressesInSubnet") == true)
        async let served = addAll(4, agent, prefix: "waiting")
        let keeper = try await agent.keeper
        try await eventually("all wait") { await keeper.waitingDescriptions.count == 4 }
        try await box.service.deleteNetworkInterface(other.id)
        #expect(try await served.count == 4)
    }

    /// Has somebody take an address in each /28 of a subnet of 64 addresses; returns the ENIs.
    private func fragment(_ subnet: String, of box: Box) async throws -> [String] {
        var others: [String] = []
        for address in ["10.0.0.17", "10.0.0.33", "10.0.0.49"] {
            let wish = AddressWish.addresses([try #require(IPAddress(address))])
            others.append(
                try await box.service.createNetworkInterface(
                    NetworkInterfaceRequest(subnetID: subnet, text: "somebody's", ipv4: wish)
                ).id)
        }
        return others
    }

    @Test(
        "A fragmented subnet: prefixes of its sister first, then single addresses, prefixes again when there are some"
    )
    func fragmented() async throws {
        let box = try await Box(prefix: "10.0.0.0/26")
        let a = try #require(box.names["subnet/a"])
        let b = try #require(box.names["subnet/b"])
        _ = try await fragment(a, of: box)
        let agent = try WholeAgent(
            box, ["ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"], in: TemporaryFolder())
        try await eventually("a prefix of the sister") {
            try await box.interfaces().contains { $0.subnetID == b && !$0.ipv4Prefixes.isEmpty }
        }
        let ours = try await box.interfaces().filter { $0.attachment != nil && $0.subnetID == a }
        #expect(ours.allSatisfy { $0.ipv4Prefixes.isEmpty && $0.secondaryAddresses.isEmpty })
        withExtendedLifetime(agent) {}
    }

    @Test("Alone with a fragmented subnet: single addresses, and prefixes again when space returns")
    func fragmentedAlone() async throws {
        let box = try await Box(prefix: "10.0.0.0/26")
        let a = try #require(box.names["subnet/a"])
        let others = try await fragment(a, of: box)
        let agent = try WholeAgent(
            box,
            ["ENABLE_PREFIX_DELEGATION": "true", "ENABLE_SUBNET_DISCOVERY": "false", "WARM_IP_TARGET": "2"],
            in: TemporaryFolder())
        try await agent.free(2)
        #expect(try await box.interfaces().allSatisfy { $0.ipv4Prefixes.isEmpty })
        for id in others { try await box.service.deleteNetworkInterface(id) }
        let keeper = try await agent.keeper
        try await eventually("the pause is over") {
            await !keeper.backoffDescriptions.contains { $0.hasPrefix("no prefixes") }
        }
        // The next needs ask for prefixes again.
        for number in 0..<4 { _ = try await agent.add("c\(number)") }
        try await eventually("a prefix") { try await !box.interfaces().flatMap(\.ipv4Prefixes).isEmpty }
    }

    @Test(
        "The metadata service is down, lags, and leaves an ENI out: nothing is lost, and nothing is made anew"
    )
    func metadata() async throws {
        let box = try await Box()
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "12"], in: TemporaryFolder())
        try await agent.free(12)
        let keeper = try await agent.keeper
        let before = try await box.interfaces()
        let made = before.map(\.id).filter { $0 != before.first { $0.attachment?.deviceIndex == 0 }?.id }
        for faults: JSON in [
            ["hiddenInterfaces": JSON(made)], ["metadataLag": 600], ["metadataIsDown": true],
        ] {
            try await box.set(faults)
            for _ in 0..<3 {
                keeper.lookRequest.yield()
                try await keeper.lookAtEC2()
            }
            #expect(await keeper.snapshot.counts.free == 12)
        }
        try await box.clearFaults()
        #expect(Set(try await box.interfaces().map(\.id)) == Set(before.map(\.id)))
    }

    @Test("An ENI that somebody else is detaching gives nothing, and the agent uses others")
    func detachedBehind() async throws {
        let box = try await Box()
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "12"], in: TemporaryFolder())
        try await agent.free(12)
        let keeper = try await agent.keeper
        let second = try #require(try await box.interfaces().first { $0.attachment?.deviceIndex == 1 })
        try await box.set(["timing": ["detach": 600]])
        try await box.service.detachNetworkInterface(
            attachment: try #require(second.attachment?.id), force: false)
        keeper.lookRequest.yield()
        try await eventually("seen") { await keeper.snapshot[ENIID(second.id)]?.status == .detaching }
        let given = try await addAll(12, agent)
        #expect(given.count == 12)
        #expect(given.isDisjoint(with: second.secondaryAddresses))
    }

    @Test("After a reboot while an ENI is being detached, no pod gets an address of it")
    func rebootWhileDetaching() async throws {
        let box = try await Box()
        let folder = try TemporaryFolder()
        let first = try WholeAgent(box, ["WARM_IP_TARGET": "12"], in: folder)
        try await first.free(12)
        try await first.stop()
        let second = try #require(try await box.interfaces().first { $0.attachment?.deviceIndex == 1 })
        try await box.set(["timing": ["detach": 600]])
        try await box.service.detachNetworkInterface(
            attachment: try #require(second.attachment?.id), force: false)
        // The metadata service still lists it; nothing of the boot before is left in /run.
        let next = try WholeAgent(box, ["WARM_IP_TARGET": "12"], in: TemporaryFolder())
        let given = try await addAll(12, next)
        #expect(given.count == 12)
        #expect(given.isDisjoint(with: second.secondaryAddresses))
    }

    @Test(
        "Somebody takes the next device index while the ENI is made: it gets another one, and none is made anew"
    )
    func indexTaken() async throws {
        let box = try await Box(type: "m5.xlarge")
        let foreign = try await box.service.createNetworkInterface(
            NetworkInterfaceRequest(
                subnetID: try #require(box.names["subnet/b"]), text: "somebody's",
                tags: [ENITags.unmanaged: "true"]))
        try await box.set([
            "rules": [["action": "CreateNetworkInterface", "when": "after", "effect": "hold"]]
        ])
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "20"], in: TemporaryFolder())
        try await eventually("it is made") { try await box.interfaces().count == 3 }
        _ = try await box.service.attachNetworkInterface(foreign.id, to: box.instance, deviceIndex: 1)
        try await box.clearFaults()
        try await agent.free(20)
        let made = try #require(
            try await box.interfaces().first { $0.attachment?.deviceIndex != 0 && $0.id != foreign.id })
        #expect(made.attachment?.deviceIndex == 2)
        #expect(try await box.calls()["CreateNetworkInterface"]?.calls == 2)
    }

    @Test("No metadata service at the start: it waits and says so, and goes on when there is one")
    func noMetadata() async throws {
        let box = try await Box(faults: ["metadataIsDown": true])
        let agent = try WholeAgent(box, ["WARM_IP_TARGET": "3"], in: TemporaryFolder())
        try await eventually("said") {
            await agent.problems.contains { $0.hasPrefix("waiting for the metadata service and EC2: ") }
        }
        #expect(agent.agent.board.keeper == nil)
        try await box.clearFaults()
        try await agent.free(3)
        try await agent.ready()
    }

    @Test("Wrong credentials: it waits, and names the code")
    func wrongCredentials() async throws {
        let box = try await Box()
        let service = try await box.client(["AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "wrong"])
        let agent = try WholeAgent(box, in: TemporaryFolder(), service: service)
        try await eventually("said") {
            await agent.problems.contains { $0.contains("SignatureDoesNotMatch") }
        }
        #expect(try await box.interfaces().count == 1)
        withExtendedLifetime(agent) {}
    }

    @Test(
        "The role's credentials expire: new ones are fetched, and without the metadata service pods get what there is"
    )
    func expiredCredentials() async throws {
        let box = try await Box()
        let agent = try WholeAgent(
            box, ["WARM_IP_TARGET": "4"], in: TemporaryFolder(), service: try await box.client())
        try await agent.free(4)
        try await box.set(["expireRoleKeys": true])
        #expect(try await addAll(2, agent, prefix: "a").count == 2)
        try await agent.free(4)
        try await box.set(["expireRoleKeys": true, "metadataIsDown": true])
        #expect(try await addAll(4, agent, prefix: "b").count == 4)
        let keeper = try await agent.keeper
        try await eventually("said") { await keeper.lastFailureText != nil }
        try await box.clearFaults()
        try await agent.free(4)
    }

    @Test(
        "EC2's clock is far ahead, from the start and later: calls are made all the same",
        arguments: [true, false])
    func clockSkew(isLater: Bool) async throws {
        let box = try await Box(faults: isLater ? [:] : ["clockSkew": 2000])
        let agent = try WholeAgent(
            box, ["WARM_IP_TARGET": "4"], in: TemporaryFolder(), service: try await box.client())
        try await agent.free(4)
        if isLater { try await box.set(["clockSkew": -2000]) }
        #expect(try await addAll(4, agent).count == 4)
        try await agent.free(4)
        let refused = try await box.log().filter { $0["code"]?.string == "RequestExpired" }
        #expect(!refused.isEmpty)
    }
}
