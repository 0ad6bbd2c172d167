// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import CNITypes
import Glibc
import Netlink
import NetworkState
import Synchronization
import TestSupport
import Testing
import VPCNetwork
import VPCPlugin

/// What the plugin does not do for an agent that is wrong, and what calls at the same time do not do to each other.
@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip", "/usr/sbin/nft"))
struct HostileAgentTests {
    private static let annotations: JSON = [
        "io.kubernetes.cri.pod-annotations": [
            "vpc.amazonaws.com/pod-eni": .string(
                #"[{"eniId":"eni-5","ifAddress":"02:00:00:00:0b:05","privateIp":"10.0.7.105","vlanID":5,"#
                    + #""subnetCidr":"10.0.7.0/24"}]"#)
        ]
    ]

    private func answer(
        _ mode: AttachmentMode, _ change: (inout PodAttachment) -> Void
    ) throws -> FakeAgent.Misbehaviour {
        let eni = VPCWorld.eni(mode == .exclusive ? 2 : 1, .v4)
        let address = try #require(IPAddress("10.0.\(mode == .exclusive ? 2 : 1).77"))
        var pod = PodAttachment(
            mode: mode, mtu: 1400, addresses: [try #require(eni.podAddress(address))],
            branch: mode == .branch
                ? BranchLink(vlan: 5, mac: try #require(MACAddress("02:00:00:00:0b:05")), isStrict: true)
                : nil)
        change(&pod)
        let line = AgentAnswer(.attachment(pod)).line.dropLast()
        return .say(String(decoding: line, as: UTF8.self))
    }

    /// Has the agent say that, and expects that the ADD fails, changes nothing, and gives the address back.
    private func expectRefusal(
        _ world: VPCWorld, _ members: [String: JSON?], _ way: FakeAgent.Misbehaviour, _ words: String
    ) throws {
        let container = try world.node.container("c1")
        let before = try world.node.snapshot()
        world.agent.misbehave(way)
        let outcome = try world.call(.add, container, members)
        #expect(outcome.status == 1 && "\(outcome)".contains(words), "\(outcome)")
        try expectUnchanged(world.node, since: before)
        #expect(world.agent.requests.last?.verb == .delete(try VPCPluginTests.attachment("c1")))
    }

    @Test func `the host's only way out is lent to no pod`() throws {
        let world = try VPCWorld()
        let answer = try answer(.exclusive) {
            ($0.addresses[0].eni.link, $0.addresses[0].eni.mac) = ("eth0", VPCWorld.macs[0])
        }
        try expectRefusal(
            world, ["mode": "exclusive"], answer, "eth0 has the host's only IPv4 default route")
        // With another way out it is as good as any.
        try world.node.ip("link set eth2 up")
        try world.node.ip("address add 10.0.2.10/24 dev eth2")
        try world.node.ip("route add default via 10.0.2.1 metric 100")
        let container = try world.node.container("c2")
        world.agent.misbehave(answer)
        #expect(try world.call(.add, container, ["mode": "exclusive"]).status == 0)
        #expect(try world.call(.delete, container, ["mode": "exclusive"]).status == 0)
        #expect(try world.node.ip("link show eth0").contains("\(VPCWorld.macs[0])"))
    }

    @Test(arguments: ["lo", "nothere", "eth1"])
    func `a link that is not the ENI is lent to no pod`(link: String) throws {
        try expectRefusal(
            VPCWorld(), ["mode": "exclusive"], answer(.exclusive) { $0.addresses[0].eni.link = link }, link)
    }

    @Test func `a pod gets no other branch than its annotation's`() throws {
        let world = try VPCWorld()
        let members: [String: JSON?] = ["allowedModes": ["branch"], "runtimeConfig": Self.annotations]
        try expectRefusal(
            world, members, answer(.branch) { $0.branch?.vlan = 6 },
            "the branch 02:00:00:00:0b:05 in VLAN 6, not 02:00:00:00:0b:05 in VLAN 5")
        try expectRefusal(
            world, members, answer(.branch) { $0.branch?.mac = VPCWorld.macs[1] }, "not 02:00:00:00:0b:05")
        try expectRefusal(
            world, members, answer(.branch) { _ in },
            "the address 10.0.1.77, which is not of its branch eni-5")
    }

    @Test func `the node's own address, and addresses of nobody, are given to no pod`() throws {
        for (address, words) in [
            ("10.0.1.10", "10.0.1.10 is the node's own"), ("10.0.1.1", "is no host's"),
            ("10.0.1.0", "is no host's"),
        ] {
            let wrong = try #require(IPAddress(address))
            try expectRefusal(VPCWorld(), [:], answer(.shared) { $0.addresses[0].address = wrong }, words)
        }
    }

    @Test func `an answer that drips ends with the time, and half a line is asked for again`() throws {
        let world = try VPCWorld()
        let container = try world.node.container("c1")
        world.agent.misbehave(.drip("x"))
        let dripped = try world.call(.add, container, ["timeout": 1])
        #expect(dripped.output?["code"]?.int == 11, "\(dripped)")
        #expect(dripped.output?["msg"]?.string?.contains("has not answered within") == true)
        world.agent.misbehave(.half(#"{"version":1,"#), .half(""))
        let whole = try world.call(.add, container, ["timeout": 60])
        #expect(whole.status == 0, "\(whole)")
        #expect(world.agent.holders == ["c1"])
    }

    @Test func `a second ADD of a container is refused, and takes nothing from the first one`() throws {
        let world = try VPCWorld()
        let container = try world.pods(1)[0]
        let before = try world.node.snapshot()
        let count = world.agent.requests.count
        let outcome = try world.call(.add, container)
        #expect(outcome.output?["msg"]?.string?.contains("eth0 exists already") == true, "\(outcome)")
        try expectUnchanged(world.node, since: before)
        #expect(world.agent.requests.count == count)
    }

    @Test func `a GC while an ADD waits for its address does it no harm`() throws {
        let world = try VPCWorld()
        let container = try world.node.container("c1")
        world.agent.misbehave(.hang)
        let outcomes = Mutex<[Outcome]>([])
        let thread = BlockingThread {
            let outcome = try? world.call(.add, container, ["timeout": 90])
            outcomes.withLock { $0 += [outcome].compactMap { $0 } }
        }
        for _ in 0..<1800 where world.agent.requests.isEmpty { usleep(50_000) }
        #expect(try world.call(.collect, nil, ["cni.dev/valid-attachments": []]).status == 0)
        world.agent.stop()
        try world.agent.start()
        thread.join()
        let outcome = try #require(outcomes.withLock { $0 }.first)
        #expect(outcome.status == 0, "\(outcome)")
        let check = try world.call(.check, container, ["prevResult": outcome.output])
        #expect(check.status == 0, "\(check)")
    }

    @Test func `32 pods come and go at once`() throws {
        let world = try VPCWorld()
        let before = try world.node.snapshot()
        let containers = try (0..<32).map { try world.node.container("pod\($0)") }
        func atOnce(_ command: Command) -> [Outcome] {
            let outcomes = Mutex<[Outcome]>([])
            let threads = containers.enumerated().map { number, container in
                BlockingThread {
                    guard
                        let outcome = try? world.call(
                            command, container, pod: "web-\(number)", ["timeout": 90])
                    else { return }
                    outcomes.withLock { $0.append(outcome) }
                }
            }
            for thread in threads { thread.join() }
            return outcomes.withLock { $0 }
        }
        let added = atOnce(.add)
        #expect(added.count == 32 && added.allSatisfy { $0.status == 0 }, "\(added)")
        let addresses = added.compactMap { $0.output?["ips"]?.array?.first?["address"]?.string }
        #expect(Set(addresses).count == 32)
        let rules = try world.node.ip("rule show")
        #expect(rules.split(separator: "\n").count { $0.hasPrefix("512:") } == 32)
        let removed = atOnce(.delete)
        #expect(removed.count == 32 && removed.allSatisfy { $0.status == 0 }, "\(removed)")
        try expectUnchanged(world.node, since: before)
        #expect(world.agent.holders.isEmpty)
    }

    @Test func `a table of others by the agent's name is refused and stays, whoever comes or goes`() throws {
        let world = try VPCWorld()
        try world.node.nft("delete table inet cni_vpc")
        try world.node.nft("add table inet cni_vpc")
        try world.node.nft("add chain inet cni_vpc outside { comment \"theirs\" ; }")
        try world.node.nft("add rule inet cni_vpc outside ip daddr 192.0.2.1 accept")
        let theirs = try world.node.nft("list table inet cni_vpc")
        let error = #expect(throws: (any Error).self) { try world.converge() }
        #expect("\(error.map { "\($0)" } ?? "")".contains("cni_vpc"))
        #expect(try world.node.nft("list table inet cni_vpc") == theirs)
        _ = try? world.node.run { try NodeNetwork.takeDown(NetworkSession(container: nil)) }
        #expect(try world.node.nft("list table inet cni_vpc") == theirs)
    }
}
