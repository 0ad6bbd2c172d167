// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCModel

/// VPCs, subnets, security groups, tags.
@Suite struct NetworkTests {
    @Test(arguments: [
        ("10.0.0.0/8", "InvalidVpc.Range"), ("10.0.0.0/29", "InvalidVpc.Range"),
        ("10.0.0.1/16", "InvalidParameterValue"), ("127.0.0.0/16", "InvalidParameterValue"),
    ])
    func rangesOfVPCs(cidr: String, code: String) throws {
        var world = try World()
        #expect(world.refusal(CreateVpc(cidr: try #require(IPPrefix(cidr))))?.code == code)
    }

    @Test func moreRangesMayNotOverlap() throws {
        var world = try World()
        let second = try #require(IPPrefix("100.64.0.0/16"))
        try world.call(AssociateVpcCidrBlock(vpc: world.vpc, cidr: second))
        let overlapping = try #require(IPPrefix("100.64.128.0/17"))
        #expect(
            world.refusal(AssociateVpcCidrBlock(vpc: world.vpc, cidr: overlapping))?.code == "CidrConflict")
        #expect(world.region.resources.vpcs[world.vpc]?.ipv4.count == 2)
        try world.call(CreateSubnet(vpc: world.vpc, cidr: overlapping))
    }

    @Test(arguments: [
        ("10.1.0.0/24", "InvalidSubnet.Range"), ("10.0.0.128/25", "InvalidSubnet.Conflict"),
        ("10.0.7.0/29", "InvalidSubnet.Range"), ("10.0.7.1/24", "InvalidParameterValue"),
    ])
    func rangesOfSubnets(cidr: String, code: String) throws {
        var world = try World()
        #expect(world.refusal(CreateSubnet(vpc: world.vpc, cidr: try #require(IPPrefix(cidr))))?.code == code)
    }

    @Test func reservedAddressesAreNotCounted() throws {
        var world = try World()
        let small = try world.call(CreateSubnet(vpc: world.vpc, cidr: try #require(IPPrefix("10.0.3.0/28"))))
        #expect(small.plan.available == 11)
        #expect(small.gateway == IPAddress("10.0.3.1"))
        #expect(small.zoneID == "use1-az1")
    }

    @Test func aNewGroupLetsNothingInAndEverythingOut() throws {
        var world = try World()
        let group = try #require(world.region.resources.groups[world.group])
        #expect(group.ingress.isEmpty)
        #expect(group.egress.map(\.networkProtocol) == ["-1", "-1"])
        let rule = SecurityGroup.Rule(
            networkProtocol: "tcp", fromPort: 80, toPort: 80, peer: .group(world.group), description: "web")
        let authorize = AuthorizeSecurityGroup(group: world.group, direction: .ingress, rules: [rule])
        try world.call(authorize)
        #expect(world.refusal(authorize)?.code == "InvalidPermission.Duplicate")
        let revoke = RevokeSecurityGroup(
            group: world.group, direction: .ingress,
            rules: [.init(networkProtocol: "tcp", fromPort: 80, toPort: 80, peer: .group(world.group))])
        try world.call(revoke)
        #expect(world.refusal(revoke)?.code == "InvalidPermission.NotFound")
        #expect(
            world.refusal(CreateSecurityGroup(name: "nodes", description: "again", vpc: world.vpc))?.code
                == "InvalidGroup.Duplicate")
    }

    @Test func rulesAreChecked() throws {
        var world = try World()
        let everybody = SecurityGroup.Peer.cidr(.everything(.v4))
        for rule in [
            SecurityGroup.Rule(networkProtocol: "tcp", peer: everybody),
            SecurityGroup.Rule(networkProtocol: "tcp", fromPort: 90, toPort: 80, peer: everybody),
            SecurityGroup.Rule(networkProtocol: "icecream", peer: everybody),
            SecurityGroup.Rule(
                networkProtocol: "-1", peer: .cidr(try #require(IPPrefix("10.0.0.1/24")))),
        ] {
            #expect(
                world.refusal(AuthorizeSecurityGroup(group: world.group, direction: .egress, rules: [rule]))?
                    .code
                    == "InvalidParameterValue")
        }
    }

    @Test func tagsAreReplacedAndDeleted() throws {
        var world = try World()
        try world.call(CreateTags(resources: [world.primary, world.subnet], tags: ["a": "1", "b": "2"]))
        try world.call(CreateTags(resources: [world.primary], tags: ["a": "3"]))
        #expect(world.region.resources.interfaces[world.primary]?.tags == ["a": "3", "b": "2"])
        try world.call(DeleteTags(resources: [world.primary], tags: [("a", "1"), ("b", nil)]))
        #expect(world.region.resources.interfaces[world.primary]?.tags == ["a": "3"])
        let page = try world.call(
            DescribeTags(DescribeRequest(filters: [Filter("resource-id", [world.subnet])])))
        #expect(page.items.map(\.key) == ["a", "b"])
        #expect(
            world.refusal(CreateTags(resources: ["eni-0123456789abcdef0"], tags: ["a": "1"]))?.code
                == "InvalidNetworkInterfaceID.NotFound")
    }

    @Test func theTableHasTheKnownFigures() throws {
        for (name, interfaces, addresses, pods) in [
            ("t3.small", 3, 4, 11), ("t3.medium", 3, 6, 17), ("m5.large", 3, 10, 29),
            ("m5.xlarge", 4, 15, 58),
            ("c5.4xlarge", 8, 30, 234), ("p5.48xlarge", 2, 50, 100),
        ] {
            let type = try #require(InstanceType.table[name])
            #expect(type.cards[0] == interfaces)
            #expect(type.ipv4PerInterface == addresses)
            #expect(type.maximumPods == pods)
        }
        #expect(InstanceType.table.count > 300)
    }
}
