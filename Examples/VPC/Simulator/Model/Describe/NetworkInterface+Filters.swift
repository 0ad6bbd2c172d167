// SPDX-License-Identifier: Apache-2.0

import Addressing

extension NetworkInterface: Describable {
    package func values(of filter: String, in scope: FilterScope) -> [String]? {
        if filter.hasPrefix("attachment.") {
            return values(ofAttachment: String(filter.dropFirst(11)), owner: scope.settings.account)
        }
        return switch filter {
        case "addresses.primary": addresses.map { "\($0.isPrimary)" }
        case "addresses.private-ip-address": addresses.map { "\($0.address)" }
        case "addresses.association.public-ip": addresses.compactMap { $0.publicAddress?.description }
        case "association.public-ip": addresses.prefix(1).compactMap { $0.publicAddress?.description }
        case "availability-zone": [zone]
        case "availability-zone-id": [zoneID]
        case "description": [description]
        case "group-id": groups
        case "group-name": groups.compactMap { scope.resources.groups[$0]?.name }
        case "interface-type": [type]
        case "ipv6-addresses.ipv6-address": ipv6Addresses.map(\.description)
        case "ipv4-prefixes.ipv4-prefix": ipv4Prefixes.map(\.description)
        case "ipv6-prefixes.ipv6-prefix": ipv6Prefixes.map(\.description)
        case "mac-address": [mac.description]
        case "network-interface-id": [id]
        case "operator.managed", "requester-managed": ["false"]
        case "owner-id": [scope.settings.account]
        case "private-dns-name": [scope.settings.dnsName(of: primaryAddress)]
        case "private-ip-address": [primaryAddress?.description ?? ""]
        case "source-dest-check": ["\(checksSourceAndDestination)"]
        case "status": [status]
        case "subnet-id": [subnet]
        case "vpc-id": [vpc]
        default: nil
        }
    }

    private func values(ofAttachment filter: String, owner: String) -> [String]? {
        let value: String? =
            switch filter {
            case "attach-time": attachment?.attachedAt.description ?? ""
            case "attachment-id": attachment?.id ?? ""
            case "delete-on-termination": attachment.map { "\($0.deleteOnTermination)" } ?? ""
            case "device-index": attachment.map { "\($0.deviceIndex)" } ?? ""
            case "network-card-index": attachment.map { "\($0.networkCard)" } ?? ""
            case "instance-id": attachment?.instance ?? ""
            case "instance-owner-id": attachment == nil ? "" : owner
            case "status": attachment?.status.rawValue ?? "detached"
            default: nil
            }
        guard let value else { return nil }
        return value.isEmpty ? [] : [value]
    }
}

extension RegionSettings {
    /// The name that an address has by default, such as `ip-10-0-0-5.ec2.internal`.
    package func dnsName(of address: (any CustomStringConvertible)?) -> String {
        guard let address else { return "" }
        let host = "ip-" + address.description.split(separator: ".").joined(separator: "-")
        return host + (region == "us-east-1" ? ".ec2.internal" : ".\(region).compute.internal")
    }
}
