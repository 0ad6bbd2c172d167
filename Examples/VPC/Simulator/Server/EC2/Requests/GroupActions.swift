// SPDX-License-Identifier: Apache-2.0

import Addressing
import VPCModel

extension EC2Action {
    /// The calls on security groups.
    static let groupActions = [
        EC2Action("CreateSecurityGroup") { (parameters, region) throws(EC2Error) in
            let vpc = parameters.text("VpcId") ?? region.resources.vpcs.values.first { $0.isDefault }?.id
            guard let vpc else { throw EC2Error("VPCIdNotSpecified", "No default VPC for this user") }
            return CreateSecurityGroup(
                name: try parameters.required("GroupName"),
                description: try parameters.required("GroupDescription"),
                vpc: vpc, tags: try parameters.tags(of: .securityGroup))
        } write: { writer, group, _, region in
            writer.element("return", true)
            writer.element("groupId", group.id)
            writer.tags(group.tags)
            writer.element("securityGroupArn", region.settings.arn("security-group/\(group.id)"))
        },
        authorize("AuthorizeSecurityGroupIngress", .ingress),
        authorize("AuthorizeSecurityGroupEgress", .egress),
        revoke("RevokeSecurityGroupIngress", .ingress), revoke("RevokeSecurityGroupEgress", .egress),
        EC2Action("DescribeSecurityGroups") { (parameters, _) throws(EC2Error) in
            var request = try parameters.describeRequest(ids: "GroupId")
            let names = parameters.list("GroupName")
            if !names.isEmpty { request.filters.append(Filter("group-name", names)) }
            return DescribeSecurityGroups(request)
        } write: { writer, page, _, region in
            writer.list("securityGroupInfo", page.items) { $0.securityGroup($1, of: region.settings) }
            writer.element("nextToken", page.nextToken)
        },
    ]

    private static func authorize(_ name: String, _ direction: SecurityGroup.Direction) -> EC2Action {
        EC2Action(name) { (parameters, region) throws(EC2Error) in
            parameters.ignore("TagSpecification")
            return AuthorizeSecurityGroup(
                group: try parameters.group(in: region), direction: direction, rules: try parameters.rules())
        } write: { writer, group, call, region in
            writer.element("return", true)
            writer.list("securityGroupRuleSet", call.rules) {
                $0.rule($1, of: group, direction: direction, owner: region.settings.account)
            }
        }
    }

    private static func revoke(_ name: String, _ direction: SecurityGroup.Direction) -> EC2Action {
        EC2Action(done: name) { (parameters, region) throws(EC2Error) in
            RevokeSecurityGroup(
                group: try parameters.group(in: region), direction: direction, rules: try parameters.rules())
        }
    }
}

extension QueryParameters {
    /// The group by its identifier, or by its name in the default VPC.
    fileprivate mutating func group(in region: Region) throws(EC2Error) -> String {
        if let id = text("GroupId") { return id }
        guard let name = text("GroupName") else { throw .missing("groupId") }
        let groups = region.resources.groups.values.filter { $0.name == name }
        guard let group = groups.first(where: { region.resources.vpcs[$0.vpc]?.isDefault == true }) else {
            throw EC2Error(
                "InvalidGroup.NotFound", "The security group '\(name)' does not exist in default VPC")
        }
        return group.id
    }

    /// Rules in `IpPermissions`, or the one rule in the parameters of the call itself.
    fileprivate mutating func rules() throws(EC2Error) -> [SecurityGroup.Rule] {
        var rules: [SecurityGroup.Rule] = []
        for item in items("IpPermissions") {
            let networkProtocol = Self.protocolName(try required(item + ".IpProtocol"))
            let (from, to) = (try int(item + ".FromPort"), try int(item + ".ToPort"))
            var peers: [(SecurityGroup.Peer, String?)] = []
            for (list, member) in [("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")] {
                for range in items("\(item).\(list)") {
                    guard let cidr = try prefix("\(range).\(member)") else { throw .missing(member) }
                    peers.append((.cidr(cidr), text(range + ".Description")))
                }
            }
            for group in items(item + ".Groups") {
                ignore(group + ".UserId", group + ".VpcId")
                peers.append((.group(try required(group + ".GroupId")), text(group + ".Description")))
            }
            guard !peers.isEmpty else { throw .missing("ipPermissions.ipRanges") }
            rules += peers.map { peer, description in
                .init(
                    networkProtocol: networkProtocol, fromPort: networkProtocol == "-1" ? nil : from,
                    toPort: networkProtocol == "-1" ? nil : to, peer: peer, description: description)
            }
        }
        if let cidr = try prefix("CidrIp") {
            let networkProtocol = Self.protocolName(try required("IpProtocol"))
            rules.append(
                .init(
                    networkProtocol: networkProtocol, fromPort: try int("FromPort"),
                    toPort: try int("ToPort"),
                    peer: .cidr(cidr)))
        }
        return rules
    }

    /// Numbers of protocols that have names become these.
    private static func protocolName(_ text: String) -> String {
        ["6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"][text] ?? text.lowercased()
    }
}
