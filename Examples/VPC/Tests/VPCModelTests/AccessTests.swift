// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCModel

/// Permissions, dry runs, throttling, fault rules.
@Suite struct AccessTests {
    private func principal(_ statements: [Policy.Statement]) -> Principal {
        Principal(name: "arn:aws:iam::123456789012:user/agent", policy: Policy(statements: statements))
    }

    /// What the agent of a cluster gets: only what carries the cluster's tag.
    private var scoped: Principal {
        let interface = "arn:aws:ec2:*:*:network-interface/*"
        return principal([
            .init(
                allows: true, actions: ["ec2:CreateNetworkInterface"], resources: [interface],
                conditions: [.init(.equals, key: "aws:RequestTag/cluster", values: ["demo"])]),
            .init(
                allows: true, actions: ["ec2:CreateNetworkInterface"],
                resources: ["arn:aws:ec2:*:*:subnet/*", "arn:aws:ec2:*:*:security-group/*"]),
            .init(
                allows: true, actions: ["ec2:DeleteNetworkInterface"], resources: [interface],
                conditions: [.init(.equals, key: "ec2:ResourceTag/cluster", values: ["demo"])]),
            .init(
                allows: true, actions: ["ec2:CreateTags"], resources: [interface],
                conditions: [.init(.equals, key: "ec2:CreateAction", values: ["CreateNetworkInterface"])]),
            .init(allows: true, actions: ["ec2:Describe*"], resources: ["*"]),
        ])
    }

    @Test func conditionsOnTagsHold() throws {
        var world = try World()
        var request = CreateNetworkInterface(subnet: world.subnet)
        let refused = world.refusal(request, by: scoped)
        let refusal = try #require(refused)
        #expect(refusal.code == "UnauthorizedOperation")
        #expect(refusal.status == 403)
        #expect(
            refusal.message.contains(
                "ec2:CreateNetworkInterface on resource: arn:aws:ec2:us-east-1:123456789012"))
        request.tags = ["cluster": "demo"]
        let mine = try world.call(request, by: scoped)
        let foreign = try world.makeInterface()
        #expect(
            world.refusal(DeleteNetworkInterface(interface: foreign.id), by: scoped)?.code
                == "UnauthorizedOperation")
        // The tag cannot be given afterwards.
        #expect(
            world.refusal(CreateTags(resources: [foreign.id], tags: ["cluster": "demo"]), by: scoped)?.code
                == "UnauthorizedOperation")
        try world.call(DeleteNetworkInterface(interface: mine.id), by: scoped)
    }

    @Test func tagsInTheCallNeedThePermissionForTags() throws {
        var world = try World()
        let noTags = principal([
            .init(allows: true, actions: ["ec2:*"], resources: ["*"]),
            .init(allows: false, actions: ["ec2:CreateTags"], resources: ["*"]),
        ])
        var request = CreateNetworkInterface(subnet: world.subnet)
        request.tags = ["a": "b"]
        let refused = world.refusal(request, by: noTags)
        let refusal = try #require(refused)
        #expect(refusal.message.contains("ec2:CreateTags"))
        #expect(refusal.message.contains("explicit deny"))
        request.tags = [:]
        try world.call(request, by: noTags)
    }

    @Test func aDryRunSaysWhatWouldCome() throws {
        var world = try World()
        let request = CreateNetworkInterface(subnet: world.subnet)
        #expect(throws: EC2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set."))
        {
            try world.region.perform(request, dryRun: true, at: world.time)
        }
        #expect(throws: EC2Error.self) {
            try world.region.perform(request, by: scoped, dryRun: true, at: world.time)
        }
        #expect(world.region.resources.interfaces.count == 1)
        #expect(EC2Error("DryRunOperation", "").status == 412)
    }

    @Test func bucketsFillAsEC2sDo() throws {
        var world = try World()
        world.region.throttle.isEnabled = true
        let attempts = { (world: inout World, call: DescribeNetworkInterfaces) in
            var admitted = 0
            while admitted < 1000, (try? world.call(call)) != nil { admitted += 1 }
            return admitted
        }
        let broad = DescribeNetworkInterfaces()
        let filtered = DescribeNetworkInterfaces(DescribeRequest(filters: [Filter("status", ["available"])]))
        #expect(attempts(&world, broad) == 50)
        #expect(attempts(&world, filtered) == 100)
        let refused = world.refusal(broad)
        let refusal = try #require(refused)
        #expect(refusal.code == "RequestLimitExceeded")
        #expect(refusal.status == 503)
        world.wait(1000)
        #expect(attempts(&world, broad) == 10)
        #expect(attempts(&world, filtered) == 20)
        for (action, limit) in [
            ("CreateNetworkInterface", Throttle.Limit(capacity: 100, refill: 5)),
            ("AttachNetworkInterface", Throttle.Limit(capacity: 50, refill: 5)),
            ("CreateTags", Throttle.Limit(capacity: 100, refill: 10)),
            ("UnassignIpv6Addresses", Throttle.Limit(capacity: 50, refill: 5)),
        ] { #expect(world.region.throttle.limit(for: action, isBroad: false) == limit) }
    }

    @Test func limitsCanBeSet() throws {
        var world = try World()
        world.region.throttle.isEnabled = true
        world.region.throttle.overrides = ["*": .init(capacity: 1, refill: 1)]
        let request = CreateNetworkInterface(subnet: world.subnet)
        try world.call(request)
        #expect(world.refusal(request)?.code == "RequestLimitExceeded")
        world.wait(1000)
        try world.call(request)
    }

    @Test func faultRulesCountDown() throws {
        var world = try World()
        world.region.faults.rules = [
            FaultRule(
                id: "1", action: "Create*", effect: .error(EC2Error("InternalError", "twice")), times: 2),
            FaultRule(id: "2", action: "AttachNetworkInterface", phase: .after, effect: .drop),
        ]
        #expect(world.region.faults.rule(for: "DeleteNetworkInterface", phase: .before) == nil)
        #expect(world.region.faults.rule(for: "CreateTags", phase: .before)?.id == "1")
        #expect(world.region.faults.rule(for: "CreateTags", phase: .before)?.id == "1")
        #expect(world.region.faults.rule(for: "CreateTags", phase: .before) == nil)
        #expect(world.region.faults.rule(for: "AttachNetworkInterface", phase: .before) == nil)
        for _ in 0..<3 {
            #expect(world.region.faults.rule(for: "AttachNetworkInterface", phase: .after)?.id == "2")
        }
    }

    @Test func conditionsCompareAsIAMDoes() {
        let holds = { (condition: PolicyCondition) in
            let policy = Policy(statements: [
                .init(allows: true, actions: ["*"], resources: ["*"], conditions: [condition])
            ])
            var region = Region()
            var request = CreateNetworkInterface(subnet: "subnet-0123456789abcdef0")
            request.tags = ["a": "1"]
            do throws(EC2Error) {
                _ = try region.perform(
                    request, by: Principal(name: "p", policy: policy), dryRun: true,
                    at: Timestamp(milliseconds: 0))
                return false
            } catch { return error.code == "DryRunOperation" }
        }
        // Neither the subnet nor the made interface may contradict; both have no such resource tag.
        #expect(holds(.init(.null, key: "aws:ResourceTag/owner", values: ["true"])))
        #expect(!holds(.init(.null, key: "aws:ResourceTag/owner", values: ["false"])))
        #expect(holds(.init(.notEquals, key: "aws:RequestTag/a", values: ["2"])))
        #expect(!holds(.init(.notEquals, key: "aws:RequestTag/a", values: ["1"])))
        #expect(holds(.init(.like, key: "aws:RequestTag/a", values: ["?"], ifExists: true)))
        #expect(!holds(.init(.like, key: "aws:RequestTag/a", values: ["x*"], ifExists: true)))
        #expect(holds(.init(.equals, key: "aws:TagKeys", values: ["a", "b"], forAllValues: true)))
        #expect(!holds(.init(.equals, key: "aws:TagKeys", values: ["b"], forAllValues: true)))
    }
}
