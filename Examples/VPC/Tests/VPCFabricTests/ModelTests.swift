// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCFabric
import VPCModel

@Suite("The fabric's state from the model") struct ModelTests {
    /// A VPC with a machine that has a second ENI, and its identifiers.
    private struct Account {
        var region = Region()
        var now = Timestamp(milliseconds: 1_000_000)
        let vpc: String
        let instance: String
        let second: String

        init() throws {
            let range = try #require(IPPrefix("10.0.0.0/16"))
            let vpc = try region.perform(CreateVpc(cidr: range), at: now).id
            self.vpc = vpc
            let network = try #require(IPPrefix("10.0.1.0/24"))
            let subnet = try region.perform(
                CreateSubnet(vpc: vpc, cidr: network, mapsPublicAddress: true), at: now
            ).id
            instance = try #require(
                try region.perform(RunInstances(subnet: subnet), at: now).first
            ).id
            var call = CreateNetworkInterface(subnet: subnet)
            call.ipv4.prefixCount = 1
            second = try region.perform(call, at: now).id
            wait(5)
            _ = try region.perform(
                AttachNetworkInterface(interface: second, instance: instance, deviceIndex: 1), at: now)
        }

        mutating func wait(_ seconds: Int64) {
            now = Timestamp(milliseconds: now.milliseconds + seconds * 1000)
            region.advance(to: now)
        }

        var state: FabricState {
            FabricState(
                region.resources, of: vpc, settings: region.settings, namespaces: [instance: "/run/netns/a"])
        }
    }

    @Test func `an ENI is there when it is attached, until it is detached`() throws {
        var account = try Account()
        #expect(
            account.state.interfaces.map(\.attachment) == [
                .device(instance: account.instance, name: "eth0"), nil,
            ])
        account.wait(5)
        let eni = try #require(account.state.interfaces.last)
        #expect(eni.id == account.second)
        #expect(eni.attachment == .device(instance: account.instance, name: "eth1"))
        #expect(eni.prefixes.map(\.length) == [28])
        let id = try #require(account.region.resources.interfaces[account.second]?.attachment?.id)
        _ = try account.region.perform(DetachNetworkInterface(attachment: id), at: account.now)
        #expect(account.state.interfaces.last?.attachment != nil)
        account.wait(5)
        #expect(account.state.interfaces.last?.attachment == nil)
    }

    @Test func `the switch routes what the model has given out`() throws {
        var account = try Account()
        account.wait(5)
        var network = Switch(account.state)
        let (first, second) = (account.state.interfaces[0], account.state.interfaces[1])
        let pod = try #require(second.prefixes.first).first
        let source = try #require(first.primary)
        let sample = try Sample("\(source)", "\(pod)", .udp(1, 2))
        let frame = sample.frame(from: first.mac, to: Switch.routerMAC)
        let now = Moment(milliseconds: 0)
        // The default group admits its own members.
        #expect(network.handle(frame, from: .eni(first.id), at: now).map(\.port) == [.eni(second.id)])
        let group = try #require(second.groups.first)
        let rules = try #require(account.region.resources.groups[group]).ingress
        _ = try account.region.perform(
            RevokeSecurityGroup(group: group, direction: .ingress, rules: rules), at: account.now)
        network.apply(account.state)
        let other = try Sample("\(source)", "\(pod)", .udp(3, 4))
        let next = other.frame(from: first.mac, to: Switch.routerMAC)
        #expect(network.handle(next, from: .eni(first.id), at: now).isEmpty)
        #expect(network.counters.drops == [.ingress: 1])
    }

    static let protocols: [(String, Int?, Int?, VPCFabric.SecurityRule.Traffic)] = [
        ("-1", nil, nil, .all), ("tcp", 80, 90, .tcp(80...90)), ("udp", 0, 65_535, .udp(0...65_535)),
        ("6", nil, nil, .tcp(0...65_535)), ("17", 5, 5, .udp(5...5)),
        ("icmp", 8, -1, .icmp(type: 8, code: nil)), ("icmpv6", -1, -1, .icmp6(type: nil, code: nil)),
        ("47", nil, nil, .other(47)),
    ]

    @Test(arguments: protocols) func `rules keep their meaning`(
        _ name: String, _ from: Int?, _ to: Int?, _ traffic: VPCFabric.SecurityRule.Traffic
    ) throws {
        var account = try Account()
        let peer = try #require(IPPrefix("192.0.2.0/24"))
        let group = try #require(account.region.resources.groups.values.first).id
        _ = try account.region.perform(
            AuthorizeSecurityGroup(
                group: group, direction: .ingress,
                rules: [.init(networkProtocol: name, fromPort: from, toPort: to, peer: .cidr(peer))]),
            at: account.now)
        let rules = account.state.groups.first { $0.id == group }?.ingress.filter {
            $0.peers == [.network(peer)]
        }
        #expect(rules?.map(\.traffic) == [traffic])
    }

    @Test func `a machine without a namespace has no links`() throws {
        let account = try Account()
        let state = FabricState(
            account.region.resources, of: account.vpc, settings: account.region.settings, namespaces: [:])
        #expect(state.instances.isEmpty)
        #expect(state.interfaces.allSatisfy { $0.attachment == nil })
    }
}
