// SPDX-License-Identifier: Apache-2.0

import Addressing

extension Instance: Describable {
    package func values(of filter: String, in scope: FilterScope) -> [String]? {
        let interfaces = scope.resources.interfaces(of: id)
        if filter.hasPrefix("network-interface.") {
            return values(of: String(filter.dropFirst(18)), of: interfaces, in: scope)
        }
        let primary = interfaces.first { $0.attachment?.deviceIndex == 0 && $0.attachment?.networkCard == 0 }
        return switch filter {
        case "architecture": [type.architecture]
        case "availability-zone": [zone]
        case "availability-zone-id": [zoneID]
        case "client-token": [clientToken ?? ""]
        case "iam-instance-profile.arn":
            role.map { ["arn:aws:iam::\(scope.settings.account):instance-profile/\($0)"] } ?? []
        case "image-id": [image]
        case "instance-id": [id]
        case "instance-state-code": ["\(state.rawValue)"]
        case "instance-state-name": [state.name]
        case "instance-type": [type.name]
        case "instance.group-id": primary?.groups ?? []
        case "instance.group-name": primary?.groups.compactMap { scope.resources.groups[$0]?.name } ?? []
        case "ip-address": primary?.addresses.prefix(1).compactMap { $0.publicAddress?.description } ?? []
        case "launch-time": [launchedAt.description]
        case "owner-id": [scope.settings.account]
        case "private-dns-name": [scope.settings.dnsName(of: primary?.primaryAddress)]
        case "private-ip-address": [primary?.primaryAddress?.description ?? ""]
        case "reservation-id": [reservation]
        case "subnet-id": [subnet]
        case "vpc-id": [vpc]
        default: nil
        }
    }

    private func values(
        of filter: String, of interfaces: [NetworkInterface], in scope: FilterScope
    ) -> [String]? {
        guard !interfaces.isEmpty else { return [] }
        var values: [String] = []
        for interface in interfaces {
            guard let more = interface.values(of: filter, in: scope) else { return nil }
            values += more
        }
        return values
    }
}
