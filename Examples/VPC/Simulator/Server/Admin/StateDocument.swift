// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITypes
import VPCModel

/// Writes everything that there is, for tests and the page.
enum StateDocument {
    static func write(_ resources: Resources, of settings: RegionSettings, endpoints: [String: String])
        -> JSON
    {
        [
            "sequence": JSON(resources.sequence), "region": .string(settings.region),
            "account": .string(settings.account),
            "vpcs": .array(sorted(resources.vpcs).map(write(vpc:))),
            "subnets": .array(sorted(resources.subnets).map(write(subnet:))),
            "securityGroups": .array(sorted(resources.groups).map(write(group:))),
            "interfaces": .array(sorted(resources.interfaces).map(write(interface:))),
            "instances": .array(
                sorted(resources.instances).map { write(instance: $0, endpoint: endpoints[$0.id]) }),
        ]
    }

    private static func sorted<Item: Describable>(_ items: [String: Item]) -> [Item] {
        items.values.sorted { $0.serial < $1.serial }
    }

    private static func write(vpc: VPC) -> JSON {
        [
            "id": .string(vpc.id), "cidrs": JSON(vpc.ipv4.map(\.cidr.description)),
            "ipv6": JSON(vpc.ipv6.map(\.cidr.description)), "tags": tags(vpc.tags),
        ]
    }

    private static func write(subnet: Subnet) -> JSON {
        [
            "id": .string(subnet.id), "vpc": .string(subnet.vpc), "zone": .string(subnet.zone),
            "cidr": JSON(subnet.cidr), "ipv6": subnet.ipv6.map { JSON($0) } ?? .null,
            "availableAddresses": JSON(subnet.plan.available),
            "usedAddresses": JSON(subnet.plan.addresses.count),
            "prefixes": JSON(subnet.plan.prefixes.sorted().map(\.description)),
            "size": JSON(1 << min(32, subnet.cidr.family.bitWidth - subnet.cidr.length)),
            "tags": tags(subnet.tags),
        ]
    }

    private static func write(group: SecurityGroup) -> JSON {
        [
            "id": .string(group.id), "name": .string(group.name), "vpc": .string(group.vpc),
            "ingress": .array(group.ingress.map(write(rule:))),
            "egress": .array(group.egress.map(write(rule:))),
            "tags": tags(group.tags),
        ]
    }

    private static func write(rule: SecurityGroup.Rule) -> JSON {
        var json: JSON = [
            "protocol": .string(rule.networkProtocol), "from": rule.fromPort.map { JSON($0) } ?? .null,
            "to": rule.toPort.map { JSON($0) } ?? .null,
        ]
        switch rule.peer {
        case .cidr(let range): json["cidr"] = JSON(range)
        case .group(let id): json["group"] = .string(id)
        }
        return json
    }

    private static func write(interface: NetworkInterface) -> JSON {
        var json: JSON = [
            "id": .string(interface.id), "subnet": .string(interface.subnet), "vpc": .string(interface.vpc),
            "mac": JSON(interface.mac), "status": .string(interface.status), "type": .string(interface.type),
            "description": .string(interface.description), "groups": JSON(interface.groups),
            "sourceDestCheck": .bool(interface.checksSourceAndDestination),
            "addresses": JSON(interface.addresses.map(\.address.description)),
            "publicAddresses": JSON(interface.addresses.compactMap { $0.publicAddress?.description }),
            "ipv4Prefixes": JSON(interface.ipv4Prefixes.map(\.description)),
            "ipv6Addresses": JSON(interface.ipv6Addresses.map(\.description)),
            "ipv6Prefixes": JSON(interface.ipv6Prefixes.map(\.description)),
            "createdAt": .string(interface.createdAt.description), "tags": tags(interface.tags),
        ]
        if let attachment = interface.attachment {
            json["attachment"] = [
                "id": .string(attachment.id), "instance": .string(attachment.instance),
                "deviceIndex": JSON(attachment.deviceIndex), "networkCard": JSON(attachment.networkCard),
                "status": .string(attachment.status.rawValue),
                "deleteOnTermination": .bool(attachment.deleteOnTermination),
            ]
        }
        return json
    }

    private static func write(instance: Instance, endpoint: String?) -> JSON {
        [
            "id": .string(instance.id), "type": .string(instance.type.name),
            "state": .string(instance.state.name),
            "subnet": .string(instance.subnet), "vpc": .string(instance.vpc), "zone": .string(instance.zone),
            "boots": JSON(instance.boots), "role": instance.role.map { .string($0) } ?? .null,
            "metadata": endpoint.map { .string($0) } ?? .null, "tags": tags(instance.tags),
            "limits": [
                "interfaces": JSON(instance.type.cards.first ?? 0), "cards": JSON(instance.type.cards.count),
                "addresses": JSON(instance.type.ipv4PerInterface),
                "maximumPods": JSON(instance.type.maximumPods),
            ],
        ]
    }

    private static func tags(_ tags: [String: String]) -> JSON {
        .object(JSONObject(tags.mapValues { .string($0) }))
    }

    static func write(call: CallRecord) -> JSON {
        [
            "number": JSON(call.number), "time": .string(call.time.description),
            "service": .string(call.service),
            "action": .string(call.action), "caller": .string(call.caller), "status": JSON(call.status),
            "code": call.code.map { .string($0) } ?? .null,
            "message": call.message.map { .string($0) } ?? .null,
            "milliseconds": .number((call.milliseconds * 100).rounded() / 100),
            "parameters": .object(JSONObject(call.parameters.mapValues { .string($0) })),
        ]
    }

    static func write(flow: Flow) -> JSON {
        [
            "time": .string(flow.time.description), "interface": .string(flow.interface),
            "source": JSON(flow.source), "destination": JSON(flow.destination),
            "protocol": JSON(flow.networkProtocol), "port": JSON(flow.port), "packets": JSON(flow.packets),
            "bytes": JSON(flow.bytes), "accepted": .bool(flow.isAccepted),
        ]
    }
}
