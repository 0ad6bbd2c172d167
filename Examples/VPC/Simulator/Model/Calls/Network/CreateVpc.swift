// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// CreateVpc.
package struct CreateVpc: Operation {
    package static let action = "CreateVpc"

    package var cidr: IPPrefix
    /// An IPv6 range of the caller's choice.
    package var ipv6: IPPrefix?
    /// Whether any IPv6 range, a /56, is to come with it.
    package var wantsIPv6 = false
    package var tags: [String: String] = [:]

    package init(cidr: IPPrefix, ipv6: IPPrefix? = nil, wantsIPv6: Bool = false, tags: [String: String] = [:])
    {
        self.cidr = cidr
        self.ipv6 = ipv6
        self.wantsIPv6 = wantsIPv6
        self.tags = tags
    }

    package func accesses(in resources: Resources) -> [Access] { Access.new(.vpc, Self.action, tags: tags) }

    package func perform(in region: inout Region) throws(EC2Error) -> VPC {
        try region.checkTags(tags)
        try Region.check(vpcRange: cidr)
        var vpc = VPC(
            id: region.random.identifier("vpc"), serial: region.serial(),
            ipv4: [.init(id: region.random.identifier("vpc-cidr-assoc"), cidr: cidr)], ipv6: [], tags: tags,
            isDefault: false)
        if let range = try region.ipv6Range(ipv6, any: wantsIPv6) {
            vpc.ipv6 = [.init(id: region.random.identifier("vpc-cidr-assoc"), cidr: range)]
        }
        region.resources.vpcs[vpc.id] = vpc
        var group = SecurityGroup(
            id: region.random.identifier("sg"), serial: region.serial(), name: "default",
            description: "default VPC security group", vpc: vpc.id, ingress: [],
            egress: SecurityGroup.openEgress(ipv6: !vpc.ipv6.isEmpty), tags: [:])
        group.ingress = [.init(networkProtocol: "-1", peer: .group(group.id))]
        region.resources.groups[group.id] = group
        return vpc
    }
}

/// AssociateVpcCidrBlock: one more range.
package struct AssociateVpcCidrBlock: Operation {
    package static let action = "AssociateVpcCidrBlock"

    package var vpc: String
    package var cidr: IPPrefix?
    package var ipv6: IPPrefix?
    package var wantsIPv6 = false

    package init(vpc: String, cidr: IPPrefix? = nil, ipv6: IPPrefix? = nil, wantsIPv6: Bool = false) {
        self.vpc = vpc
        self.cidr = cidr
        self.ipv6 = ipv6
        self.wantsIPv6 = wantsIPv6
    }

    package func accesses(in resources: Resources) -> [Access] {
        [.existing(vpc, Self.action, in: resources)]
    }

    package func perform(in region: inout Region) throws(EC2Error) -> VPC.Association {
        let vpc = try region.resources.vpc(vpc)
        let id = region.random.identifier("vpc-cidr-assoc")
        if let cidr {
            try Region.check(vpcRange: cidr)
            guard !vpc.ipv4.contains(where: { $0.cidr.overlaps(cidr) }) else {
                throw EC2Error(
                    "CidrConflict",
                    "The CIDR '\(cidr)' conflicts with another CIDR block of the VPC '\(vpc.id)'")
            }
            guard vpc.ipv4.count < 5 else {
                throw EC2Error(
                    "CidrLimitExceeded",
                    "This network '\(vpc.id)' has met its maximum number of allowed CIDRs: 5")
            }
            let association = VPC.Association(id: id, cidr: cidr)
            region.resources.vpcs[vpc.id]?.ipv4.append(association)
            return association
        }
        guard let range = try region.ipv6Range(ipv6, any: wantsIPv6) else { throw .missing("cidrBlock") }
        let association = VPC.Association(id: id, cidr: range)
        region.resources.vpcs[vpc.id]?.ipv6.append(association)
        return association
    }
}

extension Region {
    fileprivate static func check(vpcRange cidr: IPPrefix) throws(EC2Error) {
        guard cidr.family == .v4, cidr.isNetwork, !cidr.address.isLoopback, !cidr.address.isMulticast,
            !cidr.address.isLinkLocal
        else {
            throw .invalidValue(
                "Value (\(cidr)) for parameter cidrBlock is invalid. This is not a valid CIDR block.")
        }
        guard 16...28 ~= cidr.length else {
            throw EC2Error("InvalidVpc.Range", "The CIDR '\(cidr)' is invalid.")
        }
    }

    /// A VPC's IPv6 range: the one asked for, or any /56 out of Amazon's 2600:1f00::/24 that no VPC has.
    fileprivate mutating func ipv6Range(_ asked: IPPrefix?, any: Bool) throws(EC2Error) -> IPPrefix? {
        let used = resources.vpcs.values.flatMap(\.ipv6).map(\.cidr)
        if let asked {
            guard asked.family == .v6, asked.isNetwork, 44...60 ~= asked.length else {
                throw .invalidValue("Value (\(asked)) for parameter ipv6CidrBlock is invalid.")
            }
            guard !used.contains(where: { $0.overlaps(asked) }) else {
                throw EC2Error("CidrConflict", "The CIDR '\(asked)' conflicts with another VPC's")
            }
            return asked
        }
        while any {
            let bits = UInt128(0x2600_1f10) << 96 | UInt128(random.next() & 0xff_ffff) << 72
            guard let range = IPPrefix(IPAddress(.v6, bits: bits), length: 56) else { return nil }
            if !used.contains(where: { $0.overlaps(range) }) { return range }
        }
        return nil
    }
}

extension SecurityGroup {
    /// The rules of a new group: everything may go out.
    static func openEgress(ipv6: Bool) -> [Rule] {
        let ipv4 = Rule(networkProtocol: "-1", peer: .cidr(.everything(.v4)))
        return ipv6 ? [ipv4, Rule(networkProtocol: "-1", peer: .cidr(.everything(.v6)))] : [ipv4]
    }
}
