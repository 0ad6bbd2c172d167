// SPDX-License-Identifier: Apache-2.0

import Addressing

/// The metadata of an instance: folders and leaves.
indirect enum MetadataNode {
    case leaf(String)
    case folder([(name: String, node: MetadataNode)])

    /// The node at a path, or nil.
    func find(_ path: some Collection<String>) -> MetadataNode? {
        guard let first = path.first else { return self }
        guard case .folder(let members) = self, let member = members.first(where: { $0.name == first }) else {
            return nil
        }
        return member.node.find(path.dropFirst())
    }

    /// What is answered: a leaf's text, or a folder's names, one a line, those of folders with a slash.
    var text: String {
        switch self {
        case .leaf(let text): text
        case .folder(let members):
            members.map { member in if case .folder = member.node { member.name + "/" } else { member.name } }
                .joined(separator: "\n")
        }
    }

    /// A leaf of lines, or none if there are no lines.
    static func lines(_ name: String, _ lines: [String]) -> [(name: String, node: MetadataNode)] {
        lines.isEmpty ? [] : [(name, .leaf(lines.joined(separator: "\n")))]
    }
}

extension Region {
    /// What is below `meta-data`, without credentials.
    func metadataTree(of instance: Instance) -> MetadataNode {
        let view = metadataView
        // What is on its way in is not there yet; what is on its way out still is.
        let interfaces = view.interfaces(of: instance.id).filter {
            $0.attachment?.status != .attaching || $0.isPrimary
        }
        let primary = interfaces.first { $0.isPrimary }
        let address = primary?.primaryAddress?.description ?? ""
        let name = settings.dnsName(of: primary?.primaryAddress)
        var root: [(name: String, node: MetadataNode)] = [
            ("ami-id", .leaf(instance.image)), ("hostname", .leaf(name)),
        ]
        if instance.role != nil { root.append(("iam", .folder([]))) }
        root += [
            ("instance-id", .leaf(instance.id)), ("instance-life-cycle", .leaf("on-demand")),
            ("instance-type", .leaf(instance.type.name)),
        ]
        root += MetadataNode.lines("ipv6", primary?.ipv6Addresses.prefix(1).map(\.description) ?? [])
        root += [
            ("local-hostname", .leaf(name)), ("local-ipv4", .leaf(address)),
            ("mac", .leaf(primary?.mac.description ?? "")),
            (
                "network",
                .folder([
                    (
                        "interfaces",
                        .folder([
                            (
                                "macs",
                                .folder(interfaces.map { ($0.mac.description, leaves(of: $0, in: view)) })
                            )
                        ])
                    )
                ])
            ),
            (
                "placement",
                .folder([
                    ("availability-zone", .leaf(instance.zone)),
                    ("availability-zone-id", .leaf(instance.zoneID)),
                    ("region", .leaf(settings.region)),
                ])
            ),
        ]
        if let address = primary?.addresses.first?.publicAddress {
            root.append(("public-ipv4", .leaf(address.description)))
        }
        root += [
            ("reservation-id", .leaf(instance.reservation)),
            ("security-groups", .leaf(primary.map { groupNames(of: $0, in: view) } ?? "")),
            (
                "services",
                .folder([
                    ("domain", .leaf(settings.partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com")),
                    ("partition", .leaf(settings.partition)),
                ])
            ),
        ]
        if instance.metadata.instanceTags, !instance.tags.isEmpty {
            let tags = instance.tags.keys.sorted().map { ($0, MetadataNode.leaf(instance.tags[$0] ?? "")) }
            root.append(("tags", .folder([("instance", .folder(tags))])))
        }
        return .folder(root)
    }

    /// An interface's own folder; optional leaves are absent.
    private func leaves(of interface: NetworkInterface, in view: Resources) -> MetadataNode {
        let subnet = view.subnets[interface.subnet]
        let vpc = view.vpcs[interface.vpc]
        var leaves: [(name: String, node: MetadataNode)] = [
            ("device-number", .leaf("\(interface.attachment?.deviceIndex ?? 0)")),
            ("interface-id", .leaf(interface.id)),
        ]
        let associations = interface.addresses.compactMap { address in
            address.publicAddress.map { ($0.description, MetadataNode.leaf(address.address.description)) }
        }
        if !associations.isEmpty { leaves.append(("ipv4-associations", .folder(associations))) }
        leaves += MetadataNode.lines("ipv4-prefix", interface.ipv4Prefixes.map(\.description))
        leaves += MetadataNode.lines("ipv6-prefix", interface.ipv6Prefixes.map(\.description))
        leaves += MetadataNode.lines("ipv6s", interface.ipv6Addresses.map(\.description))
        leaves.append(("local-hostname", .leaf(settings.dnsName(of: interface.primaryAddress))))
        if interface.type != "efa-only" {
            leaves += MetadataNode.lines("local-ipv4s", interface.addresses.map(\.address.description))
        }
        leaves += [
            ("mac", .leaf(interface.mac.description)),
            ("network-card", .leaf("\(interface.attachment?.networkCard ?? 0)")),
            ("owner-id", .leaf(settings.account)),
        ]
        leaves += MetadataNode.lines(
            "public-ipv4s", interface.addresses.compactMap { $0.publicAddress?.description })
        leaves += [
            ("security-group-ids", .leaf(interface.groups.joined(separator: "\n"))),
            ("security-groups", .leaf(groupNames(of: interface, in: view))),
            ("subnet-id", .leaf(interface.subnet)),
        ]
        leaves += MetadataNode.lines("subnet-ipv4-cidr-block", [subnet?.cidr.description].compactMap { $0 })
        leaves += MetadataNode.lines("subnet-ipv6-cidr-blocks", [subnet?.ipv6?.description].compactMap { $0 })
        leaves.append(("vpc-id", .leaf(interface.vpc)))
        leaves += MetadataNode.lines("vpc-ipv4-cidr-block", [vpc?.cidr?.description].compactMap { $0 })
        leaves += MetadataNode.lines("vpc-ipv4-cidr-blocks", vpc?.ipv4.map(\.cidr.description) ?? [])
        leaves += MetadataNode.lines("vpc-ipv6-cidr-blocks", vpc?.ipv6.map(\.cidr.description) ?? [])
        let hidden = (faults.hiddenLeaves["*"] ?? []).union(faults.hiddenLeaves[interface.id] ?? [])
        return .folder(leaves.filter { !hidden.contains($0.name) })
    }

    private func groupNames(of interface: NetworkInterface, in view: Resources) -> String {
        view.groups(of: interface).map(\.name).joined(separator: "\n")
    }
}

extension NetworkInterface {
    /// Whether it is at the first place, where an instance's primary interface is.
    package var isPrimary: Bool { attachment?.deviceIndex == 0 && attachment?.networkCard == 0 }
}
