// SPDX-License-Identifier: Apache-2.0

import Addressing

extension Subnet: Describable {
    package func values(of filter: String, in scope: FilterScope) -> [String]? {
        switch filter {
        case "availability-zone", "availabilityZone": [zone]
        case "availability-zone-id", "availabilityZoneId": [zoneID]
        case "available-ip-address-count": ["\(plan.available)"]
        case "cidr-block", "cidr", "cidrBlock": [cidr.description]
        case "default-for-az", "defaultForAz", "ipv6-native": ["false"]
        case "ipv6-cidr-block-association.ipv6-cidr-block": ipv6.map { [$0.description] } ?? []
        case "ipv6-cidr-block-association.state": ipv6 == nil ? [] : ["associated"]
        case "map-public-ip-on-launch": ["\(mapsPublicAddress)"]
        case "owner-id": [scope.settings.account]
        case "state": ["available"]
        case "subnet-arn": [scope.settings.arn("subnet/\(id)")]
        case "subnet-id": [id]
        case "vpc-id": [vpc]
        default: nil
        }
    }
}

extension VPC: Describable {
    package func values(of filter: String, in scope: FilterScope) -> [String]? {
        switch filter {
        case "cidr", "cidr-block": [cidr?.description ?? ""]
        case "cidr-block-association.association-id": ipv4.map(\.id)
        case "cidr-block-association.cidr-block": ipv4.map(\.cidr.description)
        case "cidr-block-association.state": ["associated"]
        case "ipv6-cidr-block-association.association-id": ipv6.map(\.id)
        case "ipv6-cidr-block-association.ipv6-cidr-block": ipv6.map(\.cidr.description)
        case "ipv6-cidr-block-association.state": ipv6.isEmpty ? [] : ["associated"]
        case "is-default", "isDefault": ["\(isDefault)"]
        case "owner-id": [scope.settings.account]
        case "state": ["available"]
        case "vpc-id": [id]
        default: nil
        }
    }
}

extension SecurityGroup: Describable {
    package func values(of filter: String, in scope: FilterScope) -> [String]? {
        if filter.hasPrefix("ip-permission.") { return values(of: String(filter.dropFirst(14)), in: ingress) }
        if filter.hasPrefix("egress.ip-permission.") {
            return values(of: String(filter.dropFirst(21)), in: egress)
        }
        return switch filter {
        case "description": [description]
        case "group-id": [id]
        case "group-name": [name]
        case "owner-id": [scope.settings.account]
        case "vpc-id": [vpc]
        default: nil
        }
    }

    private func values(of filter: String, in rules: [Rule]) -> [String]? {
        switch filter {
        case "protocol": rules.map(\.networkProtocol)
        case "from-port": rules.compactMap { $0.fromPort?.description }
        case "to-port": rules.compactMap { $0.toPort?.description }
        case "cidr", "ipv6-cidr":
            rules.compactMap { rule in
                guard case .cidr(let range) = rule.peer, (range.family == .v6) == (filter == "ipv6-cidr")
                else {
                    return nil
                }
                return range.description
            }
        case "group-id":
            rules.compactMap { rule in if case .group(let group) = rule.peer { group } else { nil } }
        default: nil
        }
    }
}
