// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import Logging
import Testing

@testable import VPCAgent

@Suite("The keeper with a real client against a VPC in a box")
struct BoxTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func keeper(
        _ box: Box, _ variables: [String: String] = [:], folder: TemporaryFolder, look: FakeLook = FakeLook()
    ) async throws -> PoolKeeper {
        let identity = try await NodeIdentity.discover(box.metadata, box.service)
        let options = AgentOptions.read(variables).options
        let journal = try JournalFile("\(folder.path)/journal", boot: "b")
        var pool = Pool(cooldown: options.cooldown)
        pool.restore(journal.found, isSameBoot: true, now: NodeClock.now)
        var input = PlanInput(
            targets: options.targets, limits: identity.limits, subnets: [identity.subnet], now: NodeClock.now)
        input.lastChange = NodeClock.now
        var operations = ENIOperations(
            service: box.service, node: identity, options: options, logger: logger,
            clock: { NodeClock.seconds })
        operations.pause = .milliseconds(100)
        let keeper = try PoolKeeper(
            pool: pool, journal: journal, input: input, operations: operations, look: look,
            metrics: AgentMetrics(),
            logger: logger)
        try await keeper.lookAtEC2()
        let subnets = try await SubnetDiscovery(service: box.service, node: identity, options: options)
            .subnets()
        await keeper.use(subnets)
        await keeper.prove()
        return keeper
    }

    private func running<Value: Sendable>(_ keeper: PoolKeeper, _ body: () async throws -> Value) async throws
        -> Value
    {
        let task = Task { await keeper.run() }
        defer { task.cancel() }
        return try await body()
    }

    private func addAll(_ count: Int, _ keeper: PoolKeeper) async throws -> Set<IPAddress> {
        try await withThrowingTaskGroup(of: IPAddress?.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await keeper.add(TestNode.request("c\(number)"), patience: .seconds(90)).v4
                }
            }
            return try await group.reduce(into: []) { if let address = $1 { $0.insert(address) } }
        }
    }

    @Test(
        "Every pod that an m5.large can have, and then the node is drained: nothing is left",
        arguments: [false, true])
    func toMaximumAndBack(prefixes: Bool) async throws {
        let box = try await Box()
        let folder = try TemporaryFolder()
        let keeper = try await keeper(
            box, prefixes ? ["ENABLE_PREFIX_DELEGATION": "true"] : [:], folder: folder)
        try await running(keeper) {
            let count = prefixes ? 100 : 27
            #expect(try await addAll(count, keeper).count == count)
            let made = try await box.interfaces()
            #expect(made.count <= 3)
            #expect(made.allSatisfy { $0.attachment?.deletesOnTermination == true })
            for number in 0..<count {
                try await keeper.release(TestNode.request("c\(number)").key, reason: "del")
            }
            await keeper.beginDraining()
            keeper.signal.yield()
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end, await keeper.isReturning {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(await keeper.leftovers == [])
        }
        let left = try await box.interfaces()
        #expect(left.count == 1)
        #expect(left.first?.secondaryAddresses == [] && left.first?.ipv4Prefixes == [])
    }

    @Test("Both families at once")
    func dualStack() async throws {
        let box = try await Box()
        let keeper = try await keeper(box, ["ENABLE_IPv6": "true"], folder: try TemporaryFolder())
        try await running(keeper) {
            let given = try await keeper.add(TestNode.request("c1"), patience: .seconds(60))
            let (v4, v6) = (try #require(given.v4), try #require(given.v6))
            let eni = try #require(try await box.interfaces().first { $0.id == given.eni.text })
            #expect(eni.ipv6Prefixes.contains { $0.contains(v6) })
            #expect(eni.secondaryAddresses.contains(v4))
        }
    }

    @Test("One call a second of each kind: all are served all the same")
    func throttled() async throws {
        let box = try await Box()
        var limits: JSON = [:]
        for call in [
            "CreateNetworkInterface", "AttachNetworkInterface", "AssignPrivateIpAddresses",
            "ModifyNetworkInterfaceAttribute",
        ] {
            limits[call] = ["capacity": 1, "refill": 1]
        }
        try await box.set(["throttle": ["enabled": true, "limits": limits]])
        let keeper = try await keeper(box, folder: try TemporaryFolder())
        try await running(keeper) {
            let given = try await addAll(20, keeper)
            #expect(given.count == 20)
        }
    }

    @Test("A Type that is not Nitro has single addresses")
    func xen() async throws {
        let box = try await Box(type: "m4.large")
        let keeper = try await keeper(
            box, ["ENABLE_PREFIX_DELEGATION": "true"], folder: try TemporaryFolder())
        try await running(keeper) {
            let given = try await addAll(3, keeper)
            #expect(given.count == 3)
        }
        #expect(try await box.interfaces().allSatisfy { $0.ipv4Prefixes.isEmpty })
    }

    @Test("The node's subnet is full: the other one of its zone is used")
    func exhausted() async throws {
        // 11 addresses, of which the node has one.
        let box = try await Box(prefix: "10.0.0.0/28")
        let keeper = try await keeper(box, folder: try TemporaryFolder())
        try await running(keeper) {
            let given = try await addAll(18, keeper)
            #expect(given.count == 18)
        }
        #expect(Set(try await box.interfaces().map(\.subnetID)).count == 2)
    }

    @Test(
        "The agent is killed while a call is held: the next one leaves no ENI unattached",
        arguments: ["CreateNetworkInterface", "AttachNetworkInterface", "ModifyNetworkInterfaceAttribute"],
        ["before", "after"])
    func killed(call: String, phase: String) async throws {
        let box = try await Box()
        let folder = try TemporaryFolder()
        try await box.set(["rules": [["action": .string(call), "when": .string(phase), "effect": "drop"]]])
        do {
            let keeper = try await keeper(box, ["WARM_IP_TARGET": "12"], folder: folder)
            let run = Task { await keeper.run() }
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end, try await box.calls()[call] == nil {
                try await Task.sleep(for: .milliseconds(20))
            }
            run.cancel()
            await run.value
        }
        try await box.set(["rules": []])
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end, (try? JournalFile("\(folder.path)/journal", boot: "b")) == nil {
            try await Task.sleep(for: .milliseconds(20))
        }
        let next = try await keeper(box, ["WARM_IP_TARGET": "12"], folder: folder)
        _ = try await LeakSweep(operations: await next.operations).run(isStart: true)
        try await running(next) {
            while ContinuousClock.now < end, await next.snapshot.counts.free < 12 {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(await next.snapshot.counts.free >= 12)
        }
        let all = try await box.interfaces()
        #expect(all.allSatisfy { $0.attachment != nil })
        #expect(Set(all.map(\.id)) == Set(await next.snapshot.enis.map(\.id.text)))
    }

    @Test("A missing permission is named")
    func denied() async throws {
        let box = try await Box()
        let rules = ["AssignPrivateIpAddresses", "CreateNetworkInterface"].map { call -> JSON in
            [
                "action": .string(call), "effect": "error", "code": "UnauthorizedOperation", "status": 403,
                "message": .string("You are not authorized to perform: ec2:\(call) on this resource."),
            ]
        }
        try await box.set(["rules": .array(rules)])
        let keeper = try await keeper(box, ["WARM_IP_TARGET": "2"], folder: try TemporaryFolder())
        let failures = keeper.failures
        try await running(keeper) {
            var iterator = failures.makeAsyncIterator()
            #expect(await iterator.next()?.missingPermission == "ec2:AssignPrivateIpAddresses")
            let failure = await #expect(throws: CNIError.self) {
                try await keeper.add(TestNode.request("c1"), patience: .seconds(1))
            }
            #expect(failure?.details?.contains("missing IAM permission ec2:") == true)
        }
    }

    @Test("IMDS that leaves an ENI out changes nothing")
    func metadataOmits() async throws {
        let box = try await Box()
        let keeper = try await keeper(box, ["WARM_IP_TARGET": "12"], folder: try TemporaryFolder())
        try await running(keeper) {
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end, await keeper.snapshot.counts.free < 12 {
                try await Task.sleep(for: .milliseconds(50))
            }
            let hidden = await keeper.snapshot.enis.map(\.id.text).filter { _ in true }
            try await box.set(["hiddenInterfaces": JSON(hidden), "metadataLag": 30])
            for _ in 0..<3 { try await keeper.lookAtEC2() }
            #expect(await keeper.snapshot.counts.free == 12)
        }
    }
}
