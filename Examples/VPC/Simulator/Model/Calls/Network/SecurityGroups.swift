// SPDX-License-Identifier: Apache-2.0

import Addressing

/// CreateSecurityGroup.
package struct CreateSecurityGroup: Operation {
    package static let action = "CreateSecurityGroup"

    package var name: String
    package var description: String
    package var vpc: String
    package var tags: [String: String] = [:]

    package init(name: String, description: String, vpc: String, tags: [String: String] = [:]) {
        self.name = name
        self.description = description
        self.vpc = vpc
        self.tags = tags
    }

    package func accesses(in resources: Resources) -> [Access] {
        Access.new(.securityGroup, Self.action, tags: tags) + [.existing(vpc, Self.action, in: resources)]
    }

    package func perform(in region: inout Region) throws(EC2Error) -> SecurityGroup {
        let vpc = try region.resources.vpc(vpc)
        try region.checkTags(tags)
        guard !name.isEmpty, name.count <= 255, !name.hasPrefix("sg-") else {
            throw .invalidValue("Value (\(name)) for parameter GroupName is invalid.")
        }
        guard !region.resources.groups.values.contains(where: { $0.vpc == vpc.id && $0.name == name }) else {
            throw EC2Error(
                "InvalidGroup.Duplicate", "The security group '\(name)' already exists for VPC '\(vpc.id)'")
        }
        let group = SecurityGroup(
            id: region.random.identifier("sg"), serial: region.serial(), name: name, description: description,
            vpc: vpc.id, ingress: [], egress: SecurityGroup.openEgress(ipv6: !vpc.ipv6.isEmpty), tags: tags)
        region.resources.groups[group.id] = group
        return group
    }
}

/// AuthorizeSecurityGroupIngress and -Egress.
package struct AuthorizeSecurityGroup: Operation {
    package static let action = "AuthorizeSecurityGroup"

    package var name: String { Self.action + direction.suffix }

    package var group: String
    package var direction: SecurityGroup.Direction
    package var rules: [SecurityGroup.Rule]

    package init(group: String, direction: SecurityGroup.Direction, rules: [SecurityGroup.Rule]) {
        self.group = group
        self.direction = direction
        self.rules = rules
    }

    package func accesses(in resources: Resources) -> [Access] {
        [.existing(group, name, in: resources)]
    }

    package func perform(in region: inout Region) throws(EC2Error) -> SecurityGroup {
        var group = try region.resources.group(group)
        guard !rules.isEmpty else { throw .missing("ipPermissions") }
        for rule in rules {
            try region.check(rule, of: group)
            guard !group[direction].contains(where: { $0.admitsSame(as: rule) }) else {
                throw EC2Error("InvalidPermission.Duplicate", "the specified rule already exists")
            }
            group[direction].append(rule)
        }
        guard group[direction].count <= 60 else {
            throw EC2Error(
                "RulesPerSecurityGroupLimitExceeded",
                "The maximum number of rules per security group has been reached.")
        }
        region.resources.groups[group.id] = group
        return group
    }
}

/// RevokeSecurityGroupIngress and -Egress.
package struct RevokeSecurityGroup: Operation {
    package static let action = "RevokeSecurityGroup"

    package var name: String { Self.action + direction.suffix }

    package var group: String
    package var direction: SecurityGroup.Direction
    package var rules: [SecurityGroup.Rule]

    package init(group: String, direction: SecurityGroup.Direction, rules: [SecurityGroup.Rule]) {
        self.group = group
        self.direction = direction
        self.rules = rules
    }

    package func accesses(in resources: Resources) -> [Access] {
        [.existing(group, name, in: resources)]
    }

    package func perform(in region: inout Region) throws(EC2Error) {
        var group = try region.resources.group(group)
        guard !rules.isEmpty else { throw .missing("ipPermissions") }
        for rule in rules {
            guard let index = group[direction].firstIndex(where: { $0.admitsSame(as: rule) }) else {
                throw EC2Error(
                    "InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
            }
            group[direction].remove(at: index)
        }
        region.resources.groups[group.id] = group
    }
}

extension SecurityGroup.Direction {
    fileprivate var suffix: String { self == .ingress ? "Ingress" : "Egress" }
}

extension Region {
    fileprivate func check(_ rule: SecurityGroup.Rule, of group: SecurityGroup) throws(EC2Error) {
        let named = ["-1", "tcp", "udp", "icmp", "icmpv6"].contains(rule.networkProtocol)
        let number = Int(rule.networkProtocol).map { (0...255).contains($0) } ?? false
        guard named || number else {
            throw .invalidValue("Invalid value '\(rule.networkProtocol)' for IP protocol. Unknown protocol.")
        }
        if ["tcp", "udp"].contains(rule.networkProtocol) {
            guard let from = rule.fromPort, let to = rule.toPort else {
                throw .invalidValue(
                    "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
            }
            guard 0...65_535 ~= from, 0...65_535 ~= to, from <= to else {
                throw .invalidValue("Invalid TCP/UDP port range (\(from):\(to))")
            }
        }
        switch rule.peer {
        case .group(let id):
            guard resources.groups[id]?.vpc == group.vpc else {
                throw EC2Error("InvalidGroup.NotFound", "The security group '\(id)' does not exist")
            }
        case .cidr(let cidr):
            guard cidr.isNetwork else {
                throw .invalidValue("CIDR block \(cidr) is malformed")
            }
        }
    }
}
