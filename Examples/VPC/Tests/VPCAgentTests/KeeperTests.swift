// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import Synchronization
import Testing

@testable import VPCAgent

@Suite("The pool's keeper against EC2")
struct KeeperTests {
    @Test("From nothing to all that the node can have, and back; nobody gets the same twice")
    func upAndDown() async throws {
        let node = try TestNode()
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            let given = try await withThrowingTaskGroup(of: Assignment.self) { group in
                for number in 0..<27 {
                    group.addTask {
                        try await keeper.add(TestNode.request("c\(number)"), patience: .seconds(60))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(given.compactMap(\.v4)).count == 27)
            #expect(await node.ec2.interfaces.count == 3)
            let full = await #expect(throws: CNIError.self) {
                try await keeper.add(TestNode.request("more"), patience: .milliseconds(200))
            }
            #expect(full?.code == .tryAgainLater)
            #expect(full?.details?.contains("assigned: 27") == true)
            for number in 0..<27 {
                try await keeper.release(TestNode.request("c\(number)").key, reason: "del")
            }
            // The last ADD may be waiting no more, but its need may still be under way.
            try await eventually("ENIs are given back") {
                node.clock.advance(.seconds(20))
                keeper.signal.yield()
                return await node.ec2.interfaces.count == 1
            }
        }
        let attached = await node.ec2.interfaces.values.compactMap(\.attachment)
        #expect(attached.allSatisfy { $0.deviceIndex == 0 })
    }

    @Test("What is made goes with the instance, on card 0, with tags in the call that makes it")
    func howENIsAreMade() async throws {
        let node = try TestNode(
            FakeEC2(), ["CLUSTER_NAME": "blue", "ADDITIONAL_ENI_TAGS": #"{"team": "net"}"#])
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            try await eventually("an ENI") { await node.ec2.interfaces.count == 1 }
            for number in 0..<10 {
                _ = try await keeper.add(TestNode.request("c\(number)"), patience: .seconds(60))
            }
            try await eventually("attached") { await keeper.snapshot.enis.count > 1 }
        }
        let made = try #require(await node.ec2.interfaces["eni-1"])
        #expect(made.attachment?.deletesOnTermination == true)
        #expect(made.attachment?.networkCard == 0)
        #expect(made.tags["node.k8s.amazonaws.com/instance_id"] == "i-1")
        #expect(made.tags["cluster.k8s.amazonaws.com/name"] == "blue")
        #expect(made.tags["team"] == "net")
        #expect(made.securityGroupIDs == ["sg-1"])
        #expect(made.text == "aws-K8S-i-1")
        #expect(await !node.ec2.calls.contains("CreateTags"))
    }

    @Test("An attach whose answer is lost is found, and no second ENI is made")
    func lostAttach() async throws {
        let node = try TestNode(FakeEC2(), ["WARM_IP_TARGET": "12"])
        await node.ec2.fail("AttachNetworkInterface", .transport, happens: true)
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            try await eventually("12 addresses") { await keeper.snapshot.counts.free == 12 }
        }
        #expect(await node.ec2.interfaces.count == 2)
        #expect(await node.ec2.calls.count { $0 == "CreateNetworkInterface" } == 1)
    }

    @Test("An assignment whose answer is lost is found at the next look")
    func lostAssign() async throws {
        let node = try TestNode(FakeEC2(), ["WARM_IP_TARGET": "5"])
        await node.ec2.fail("AssignPrivateIpAddresses", .transport, happens: true)
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            try await eventually("the call") {
                await node.ec2.calls.contains("AssignPrivateIpAddresses")
            }
            try await eventually("5 addresses") { await keeper.snapshot.counts.free == 5 }
            try await eventually("nothing under way") { await keeper.snapshot.operations.isEmpty }
        }
        #expect(await node.ec2.interfaces.count == 1)
        #expect(await node.ec2.calls.count { $0 == "AssignPrivateIpAddresses" } == 1)
    }

    @Test("A device index that somebody else has taken: the same ENI gets the next")
    func indexTaken() async throws {
        let node = try TestNode(FakeEC2(enis: 4), ["WARM_IP_TARGET": "12"])
        await node.ec2.close("CreateNetworkInterface")
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            try await eventually("the call") { await node.ec2.isWaiting("CreateNetworkInterface") }
            await node.ec2.change { ec2 in
                ec2.interfaces["eni-x"] = NetworkInterface(
                    id: "eni-x", status: .inUse, macAddress: MACAddress(bits: 0x02ff), subnetID: "subnet-a",
                    vpcID: "vpc-1",
                    attachment: InterfaceAttachment(id: "at-x", deviceIndex: 1, instanceID: "i-1"),
                    tags: ["node.k8s.amazonaws.com/no_manage": "true"])
            }
            await node.ec2.open("CreateNetworkInterface")
            try await eventually("12 addresses") { await keeper.snapshot.counts.free == 12 }
        }
        #expect(await node.ec2.interfaces["eni-1"]?.attachment?.deviceIndex == 2)
        #expect(await node.ec2.calls.count { $0 == "CreateNetworkInterface" } == 1)
    }

    @Test("An ENI that the instance does not take is deleted again, also while EC2 says that it is in use")
    func notTaken() async throws {
        let node = try TestNode(FakeEC2(), ["WARM_IP_TARGET": "12"])
        await node.ec2.fail("AttachNetworkInterface", .attachmentLimit)
        await node.ec2.fail("DeleteNetworkInterface", .inUse, code: "InvalidParameterValue", count: 2)
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            try await eventually("deleted") {
                let calls = await node.ec2.calls
                let count = await node.ec2.interfaces.count
                return calls.contains("AttachNetworkInterface") && count == 1
            }
        }
        #expect(await node.ec2.calls.count { $0 == "DeleteNetworkInterface" } == 3)
    }

    @Test("Throttled, it pauses and comes again, and ADDs are served")
    func throttled() async throws {
        let node = try TestNode(FakeEC2(), ["WARM_IP_TARGET": "1"])
        await node.ec2.fail("AssignPrivateIpAddresses", .throttled, code: "RequestLimitExceeded", count: 3)
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            let mover = Task {
                while !Task.isCancelled {
                    try await Task.sleep(for: .milliseconds(50))
                    node.clock.advance(.seconds(2))
                    keeper.signal.yield()
                }
            }
            defer { mover.cancel() }
            _ = try await keeper.add(TestNode.request("c1"), patience: .seconds(60))
        }
    }

    @Test(
        "An exhausted subnet: the other one is used; with none left ADDs say so, and are served when space returns"
    )
    func exhausted() async throws {
        let ec2 = FakeEC2()
        await ec2.change { $0.space = ["subnet-a": [], "subnet-b": []] }
        let node = try TestNode(ec2, ["WARM_IP_TARGET": "1"])
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            let failure = await #expect(throws: CNIError.self) {
                try await keeper.add(TestNode.request("c1"), patience: .seconds(1))
            }
            #expect(failure?.details?.contains("InsufficientFreeAddressesInSubnet") == true)
            await ec2.change { $0.space["subnet-b"] = [IPPrefix("10.0.1.64/28")].compactMap { $0 } }
            var subnet = try #require(await ec2.subnets["subnet-b"])
            subnet.availableAddresses = 16
            let (found, all) = (subnet, await ec2.subnets)
            // As DescribeSubnets says first that nothing is there, and then that there is.
            var empty = found
            empty.availableAddresses = 0
            await keeper.use([try #require(all["subnet-a"]), empty])
            await keeper.use([try #require(all["subnet-a"]), found])
            let given = try await keeper.add(TestNode.request("c2"), patience: .seconds(60))
            #expect(await ec2.interfaces[given.eni.text]?.subnetID == "subnet-b")
        }
    }

    @Test("A fragmented subnet gives single addresses in place of prefixes")
    func fragmented() async throws {
        let ec2 = FakeEC2()
        await ec2.change { ec2 in
            for id in ["subnet-a", "subnet-b"] {
                ec2.space[id] = (0..<40).compactMap {
                    IPPrefix("10.0.\(id == "subnet-a" ? 0 : 1).\($0 * 6 + 5)/32")
                }
            }
        }
        let node = try TestNode(ec2, ["ENABLE_PREFIX_DELEGATION": "true"])
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            _ = try await keeper.add(TestNode.request("c1"), patience: .seconds(60))
        }
    }

    @Test("An ENI that somebody else detaches gives nothing, and is gone after two looks")
    func detachedBehind() async throws {
        let node = try TestNode(FakeEC2(), ["WARM_IP_TARGET": "12"])
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            try await eventually("12 addresses") { await keeper.snapshot.counts.free == 12 }
            await node.ec2.change { $0.interfaces["eni-1"]?.attachment?.status = .detaching }
            try await keeper.lookAtEC2()
            #expect(await keeper.snapshot[ENIID("eni-1")]?.givesAddresses == false)
            await node.ec2.change { $0.interfaces["eni-1"]?.attachment = nil }
            node.clock.advance(.seconds(100))
            try await keeper.lookAtEC2()
            #expect(await keeper.snapshot[ENIID("eni-1")] != nil)
            try await keeper.lookAtEC2()
            #expect(await keeper.snapshot[ENIID("eni-1")] == nil)
        }
    }

    @Test("An answer without the primary ENI, and a failure, change nothing")
    func uselessAnswers() async throws {
        let node = try TestNode(FakeEC2(), ["WARM_IP_TARGET": "3"])
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            try await eventually("3 addresses") { await keeper.snapshot.counts.free == 3 }
            node.clock.advance(.seconds(1000))
            let kept = await node.ec2.interfaces
            await node.ec2.change { $0.interfaces = [:] }
            for _ in 0..<3 { try await keeper.lookAtEC2() }
            await node.ec2.fail("DescribeNetworkInterfaces", .transport)
            await #expect(throws: EC2Error.self) { try await keeper.lookAtEC2() }
            #expect(await keeper.snapshot.counts.free == 3)
            await node.ec2.change { $0.interfaces = kept }
        }
    }

    @Test("An address that a namespace still holds after DEL is not handed out")
    func held() async throws {
        let node = try TestNode(FakeEC2(enis: 1, addresses: 2))
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            let given = try await keeper.add(TestNode.request("c1"), patience: .seconds(60))
            let address = try #require(given.v4)
            node.look.held.withLock { $0 = [address: "/run/netns/c1"] }
            try await keeper.release(given.key, reason: "del")
            node.clock.advance(.seconds(31))
            keeper.signal.yield()
            try await eventually("held") {
                await keeper.snapshot.state(of: address) == .held(by: "/run/netns/c1")
            }
            await #expect(throws: CNIError.self) {
                try await keeper.add(TestNode.request("c2"), patience: .milliseconds(200))
            }
            node.look.held.withLock { $0 = [:] }
            node.clock.advance(.seconds(31))
            keeper.signal.yield()
            #expect(try await keeper.add(TestNode.request("c2"), patience: .seconds(60)).v4 == address)
        }
    }

    @Test("A container gets an ENI of its own, which goes after it")
    func exclusive() async throws {
        let node = try TestNode()
        let keeper = try await node.keeper()
        try await node.running(keeper) {
            let given = try await keeper.add(TestNode.request("c1", exclusive: true), patience: .seconds(60))
            #expect(given.kind == .exclusive)
            #expect(
                try await keeper.add(TestNode.request("c1", exclusive: true), patience: .seconds(60)) == given
            )
            try await keeper.release(given.key, reason: "del")
            try await eventually("deleted") { await node.ec2.interfaces[given.eni.text] == nil }
        }
    }

    @Test("What is known of assignments outlives the agent")
    func restart() async throws {
        let node = try TestNode(FakeEC2(), ["WARM_IP_TARGET": "3"])
        let given: Assignment
        do {
            let keeper = try await node.keeper()
            given = try await node.running(keeper) {
                let given = try await keeper.add(TestNode.request("c1"), patience: .seconds(60))
                let other = try await keeper.add(TestNode.request("c2"), patience: .seconds(60))
                try await keeper.release(other.key, reason: "del")
                return given
            }
        }
        try await eventually("the journal is let go") {
            (try? JournalFile("\(node.folder.path)/journal", boot: "b")) != nil
        }
        node.look.held.withLock { $0 = [given.v4 ?? .unspecified(.v4): "c1"] }
        let keeper = try await node.keeper()
        #expect(await keeper.assignment(given.key)?.v4 == given.v4)
        #expect(await keeper.snapshot.counts.resting == 1)
        try await node.running(keeper) {
            let again = try await keeper.add(TestNode.request("c1"), patience: .seconds(1))
            #expect(again.v4 == given.v4)
        }
    }
}
