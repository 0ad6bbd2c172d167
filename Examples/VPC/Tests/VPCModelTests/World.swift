// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCModel

/// A VPC with a subnet, a second one for IPv6, and an instance, at a time that the test moves.
struct World {
    var region: Region
    var time = Timestamp(milliseconds: 1_767_225_600_000)
    let vpc: String
    let subnet: String
    let group: String
    let instance: String
    /// The instance's primary interface.
    let primary: String

    init(
        type: String = "m5.large", cidr: String = "10.0.0.0/24", settings: RegionSettings = RegionSettings()
    ) throws {
        region = Region(settings: settings, now: time)
        region.throttle.isEnabled = false
        let range = try #require(IPPrefix("10.0.0.0/16"))
        let made = try region.perform(
            CreateVpc(cidr: range, ipv6: IPPrefix("2600:1f10:1:2::/56")?.network), at: time)
        vpc = made.id
        let small = try #require(IPPrefix(cidr))
        let six = try #require(made.ipv6.first?.cidr.first)
        subnet = try region.perform(
            CreateSubnet(vpc: vpc, cidr: small, ipv6: IPPrefix(six, length: 64)), at: time
        ).id
        group = try region.perform(
            CreateSecurityGroup(name: "nodes", description: "nodes", vpc: vpc), at: time
        ).id
        let launch = RunInstances(subnet: subnet, type: type, groups: [group])
        instance = try #require(try region.perform(launch, at: time).first).id
        primary = try #require(region.resources.interfaces(of: instance).first).id
        wait(5000)
    }

    mutating func wait(_ milliseconds: Int64) {
        time = time.adding(milliseconds: milliseconds)
        region.advance(to: time)
    }

    @discardableResult
    mutating func call<Call: Operation>(_ call: Call, by principal: Principal = .administrator)
        throws(EC2Error)
        -> Call.Answer
    { try region.perform(call, by: principal, at: time) }

    /// The refusal of a call that has to be refused and to change nothing.
    mutating func refusal<Call: Operation>(
        _ call: Call, by principal: Principal = .administrator, _ place: SourceLocation = #_sourceLocation
    ) -> EC2Error? {
        let sequence = region.resources.sequence
        let before = Snapshot(region.resources)
        do throws(EC2Error) {
            _ = try region.perform(call, by: principal, at: time)
            Issue.record("\(Call.action) was not refused", sourceLocation: place)
            return nil
        } catch {
            #expect(region.resources.sequence == sequence, sourceLocation: place)
            #expect(
                Snapshot(region.resources) == before, "a refused call has changed something",
                sourceLocation: place)
            return error
        }
    }

    @discardableResult
    mutating func makeInterface(secondaries: Int? = nil, prefixes: Int? = nil) throws -> NetworkInterface {
        var request = CreateNetworkInterface(subnet: subnet)
        request.ipv4.count = secondaries
        request.ipv4.prefixCount = prefixes
        return try call(request)
    }

    /// Makes an interface, attaches it and waits until it is there.
    @discardableResult
    mutating func attached(at index: Int = 1, secondaries: Int? = nil) throws -> NetworkInterface {
        let interface = try makeInterface(secondaries: secondaries)
        try call(
            AttachNetworkInterface(
                interface: interface.id, instance: instance, deviceIndex: index, networkCard: 0))
        wait(5000)
        return try #require(region.resources.interfaces[interface.id])
    }

    var available: Int { region.resources.subnets[subnet]?.plan.available ?? -1 }
}

/// What may not change when a call is refused.
struct Snapshot: Equatable {
    private let interfaces: [String: [String]]
    private let plans: [String: [String]]

    init(_ resources: Resources) {
        interfaces = resources.interfaces.mapValues {
            $0.addresses.map { "\($0.address)" } + $0.ipv4Prefixes.map { "\($0)" }
                + $0.ipv6Addresses.map { "\($0)" }
                + $0.ipv6Prefixes.map { "\($0)" } + $0.groups + [$0.status, $0.description]
        }
        plans = resources.subnets.mapValues { subnet in
            let plans = [subnet.plan, subnet.ipv6Plan].compactMap { $0 }
            return plans.flatMap {
                $0.addresses.sorted().map { "\($0)" } + $0.prefixes.sorted().map { "\($0)" }
            }
        }
    }
}
