// SPDX-License-Identifier: Apache-2.0

import Addressing
import LinuxCore
import VPCModel

extension XMLWriter {
    /// The elements of a VPC.
    mutating func vpc(_ vpc: VPC, of settings: RegionSettings) {
        element("vpcId", vpc.id)
        element("ownerId", settings.account)
        element("state", "available")
        element("cidrBlock", vpc.cidr?.description)
        list("cidrBlockAssociationSet", vpc.ipv4) { $0.cidrAssociation($1) }
        list("ipv6CidrBlockAssociationSet", vpc.ipv6) { $0.ipv6Association($1) }
        element("dhcpOptionsId", "default")
        element("instanceTenancy", "default")
        element("isDefault", vpc.isDefault)
        tags(vpc.tags)
    }

    /// An IPv4 range of a VPC.
    mutating func cidrAssociation(_ association: VPC.Association) {
        element("associationId", association.id)
        element("cidrBlock", association.cidr.description)
        group("cidrBlockState") { $0.element("state", "associated") }
    }

    /// An IPv6 range of a VPC.
    mutating func ipv6Association(_ association: VPC.Association) {
        element("associationId", association.id)
        element("ipv6CidrBlock", association.cidr.description)
        group("ipv6CidrBlockState") { $0.element("state", "associated") }
        element("ipv6Pool", "Amazon")
    }

    /// The elements of a subnet.
    mutating func subnet(_ subnet: Subnet, of settings: RegionSettings) {
        element("subnetId", subnet.id)
        element("subnetArn", settings.arn("subnet/\(subnet.id)"))
        element("state", "available")
        element("ownerId", settings.account)
        element("vpcId", subnet.vpc)
        element("cidrBlock", subnet.cidr.description)
        list("ipv6CidrBlockAssociationSet", [subnet.ipv6].compactMap { $0 }) { writer, range in
            writer.element("associationId", "subnet-cidr-assoc-" + subnet.id.dropFirst("subnet-".count))
            writer.element("ipv6CidrBlock", range.description)
            writer.group("ipv6CidrBlockState") { $0.element("state", "associated") }
        }
        element("availableIpAddressCount", subnet.plan.available)
        element("availabilityZone", subnet.zone)
        element("availabilityZoneId", subnet.zoneID)
        element("defaultForAz", false)
        element("mapPublicIpOnLaunch", subnet.mapsPublicAddress)
        element("assignIpv6AddressOnCreation", false)
        element("enableDns64", false)
        element("ipv6Native", false)
        tags(subnet.tags)
    }

    /// The elements of a security group.
    mutating func securityGroup(_ group: SecurityGroup, of settings: RegionSettings) {
        element("groupId", group.id)
        element("groupName", group.name)
        element("groupDescription", group.description)
        element("ownerId", settings.account)
        element("vpcId", group.vpc)
        element("securityGroupArn", settings.arn("security-group/\(group.id)"))
        permissions("ipPermissions", group.ingress, owner: settings.account)
        permissions("ipPermissionsEgress", group.egress, owner: settings.account)
        tags(group.tags)
    }

    /// Rules, those of the same protocol and ports in one item.
    private mutating func permissions(_ name: String, _ rules: [SecurityGroup.Rule], owner: String) {
        var order: [SecurityGroup.Rule] = []
        var together: [String: [SecurityGroup.Rule]] = [:]
        for rule in rules {
            let key = "\(rule.networkProtocol) \(rule.fromPort ?? -2) \(rule.toPort ?? -2)"
            if together[key] == nil { order.append(rule) }
            together[key, default: []].append(rule)
        }
        list(name, order) { writer, first in
            let same =
                together["\(first.networkProtocol) \(first.fromPort ?? -2) \(first.toPort ?? -2)"] ?? []
            writer.element("ipProtocol", first.networkProtocol)
            writer.element("fromPort", first.fromPort)
            writer.element("toPort", first.toPort)
            writer.peers("groups", same) { writer, peer in
                guard case .group(let id) = peer else { return false }
                writer.element("groupId", id)
                writer.element("userId", owner)
                return true
            }
            for (list, member, family) in [
                ("ipRanges", "cidrIp", IPAddress.Family.v4), ("ipv6Ranges", "cidrIpv6", .v6),
            ] {
                writer.peers(list, same) { writer, peer in
                    guard case .cidr(let range) = peer, range.family == family else { return false }
                    writer.element(member, range.description)
                    return true
                }
            }
            writer.list("prefixListIds", [String]()) { _, _ in }
        }
    }

    /// The peers of one kind: `write` says whether a peer is of it.
    private mutating func peers(
        _ name: String, _ rules: [SecurityGroup.Rule], _ write: (inout XMLWriter, SecurityGroup.Peer) -> Bool
    ) {
        group(name) { writer in
            for rule in rules {
                var item = XMLWriter()
                guard write(&item, rule.peer) else { continue }
                item.element("description", rule.description)
                writer.group("item") { $0.append(item) }
            }
        }
    }

    /// The elements of one rule, as the calls that add rules answer.
    mutating func rule(
        _ rule: SecurityGroup.Rule, of group: SecurityGroup, direction: SecurityGroup.Direction, owner: String
    ) {
        let digits = String(StableHash.number("\(group.id) \(direction) \(rule)"), radix: 16)
        element("securityGroupRuleId", "sgr-0" + String(repeating: "0", count: 16 - digits.count) + digits)
        element("groupId", group.id)
        element("groupOwnerId", owner)
        element("isEgress", direction == .egress)
        element("ipProtocol", rule.networkProtocol)
        element("fromPort", rule.fromPort ?? -1)
        element("toPort", rule.toPort ?? -1)
        switch rule.peer {
        case .cidr(let range): element(range.family == .v4 ? "cidrIpv4" : "cidrIpv6", range.description)
        case .group(let id):
            self.group("referencedGroupInfo") {
                $0.element("groupId", id)
                $0.element("userId", owner)
            }
        }
        element("description", rule.description)
    }
}
