// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITypes
import VPCModel

/// Makes the VPCs of a document by the same calls that clients make.
struct NetworkBuilder {
    private(set) var region: Region
    private let time: Timestamp
    /// The identifiers of what has a name, by `kind/name`.
    private(set) var names: [String: String] = [:]

    init(region: Region, time: Timestamp) {
        self.region = region
        self.time = time
    }

    mutating func add(vpc document: DocumentFields) throws(DocumentError) {
        var fields = document
        var (id, ranges) = (try fields.text("id"), try prefixes("cidrs", in: &fields))
        let name = try fields.text("name")
        let wantsIPv6 = fields.value("ipv6")?.bool ?? false
        let ipv6 = wantsIPv6 ? nil : try fields.prefix("ipv6")
        let tags = named(name, try fields.dictionary("tags"))
        if id == nil {
            guard !ranges.isEmpty else { throw fields.error("cidrs", "expected at least one range") }
            let call = CreateVpc(cidr: ranges.removeFirst(), ipv6: ipv6, wantsIPv6: wantsIPv6, tags: tags)
            id = try perform(call, at: fields.place).id
        }
        let vpc = id ?? ""
        for range in ranges {
            _ = try perform(AssociateVpcCidrBlock(vpc: vpc, cidr: range), at: fields.place)
        }
        if let name { names["vpc/\(name)"] = vpc }
        let groups = try fields.objects("groups")
        for group in groups { try add(group: group, to: vpc) }
        // Rules refer to other groups: these are there by now.
        for group in groups { try addRules(of: group, in: vpc) }
        for subnet in try fields.objects("subnets") { try add(subnet: subnet, to: vpc) }
        for instance in try fields.objects("instances") { try add(instance: instance, to: vpc) }
        try fields.finish()
    }

    private mutating func add(subnet document: DocumentFields, to vpc: String) throws(DocumentError) {
        var fields = document
        let name = try fields.text("name")
        guard let cidr = try fields.prefix("cidr") else { throw fields.error("cidr", "missing") }
        let wantsIPv6 = fields.value("ipv6")?.bool ?? false
        let ipv6 = wantsIPv6 ? unusedIPv6Range(in: vpc) : try fields.prefix("ipv6")
        if wantsIPv6, ipv6 == nil { throw fields.error("ipv6", "the VPC has no IPv6 range left") }
        let call = CreateSubnet(
            vpc: vpc, cidr: cidr, ipv6: ipv6, zone: try fields.text("zone"),
            tags: named(name, try fields.dictionary("tags")),
            mapsPublicAddress: try fields.bool("public") ?? false)
        let subnet = try perform(call, at: fields.place)
        if let name { names["subnet/\(name)"] = subnet.id }
        try fields.finish()
    }

    private mutating func add(group document: DocumentFields, to vpc: String) throws(DocumentError) {
        var fields = document
        let name = try fields.required("name")
        let call = CreateSecurityGroup(
            name: name, description: try fields.text("description") ?? name, vpc: vpc,
            tags: named(name, try fields.dictionary("tags")))
        names["group/\(name)"] = try perform(call, at: fields.place).id
    }

    private mutating func addRules(of document: DocumentFields, in vpc: String) throws(DocumentError) {
        var fields = document
        let group = try find("group", try fields.required("name"), in: vpc, at: fields)
        _ = try fields.text("description")
        _ = try fields.dictionary("tags")
        if fields.keys.contains("egress") {
            // A list of its own replaces the rule that lets everything out.
            let open = region.resources.groups[group]?.egress ?? []
            if !open.isEmpty {
                try perform(
                    RevokeSecurityGroup(group: group, direction: .egress, rules: open), at: fields.place)
            }
        }
        for direction in [SecurityGroup.Direction.ingress, .egress] {
            for rule in try fields.objects(direction.rawValue) {
                let rule = try read(rule: rule, in: vpc)
                _ = try perform(
                    AuthorizeSecurityGroup(group: group, direction: direction, rules: [rule]),
                    at: fields.place)
            }
        }
        try fields.finish()
    }

    private mutating func read(rule document: DocumentFields, in vpc: String) throws(DocumentError)
        -> SecurityGroup.Rule
    {
        var fields = document
        let (cidr, group) = (try fields.prefix("cidr"), try fields.text("group"))
        let peer: SecurityGroup.Peer
        switch (cidr, group) {
        case (let cidr?, nil): peer = .cidr(cidr)
        case (nil, let group?): peer = .group(try find("group", group, in: vpc, at: fields))
        default: throw fields.error("cidr", "expected either a cidr or a group")
        }
        let from = try fields.int("from")
        let rule = SecurityGroup.Rule(
            networkProtocol: try fields.text("protocol") ?? "-1", fromPort: from,
            toPort: try fields.int("to") ?? from,
            peer: peer, description: try fields.text("description"))
        try fields.finish()
        return rule
    }

    private mutating func add(instance document: DocumentFields, to vpc: String) throws(DocumentError) {
        var fields = document
        let name = try fields.text("name")
        let subnet = try find("subnet", try fields.required("subnet"), in: vpc, at: fields)
        var groups: [String] = []
        for group in try fields.texts("groups") {
            groups.append(try find("group", group, in: vpc, at: fields))
        }
        var call = RunInstances(
            subnet: subnet, type: try fields.text("type") ?? "m5.large", groups: groups,
            primaryAddress: try fields.address("address"))
        call.role = try fields.text("role")
        call.interfaces[0].new?.ipv6.count = try fields.int("ipv6Addresses")
        call.instanceTags = named(name, try fields.dictionary("tags"))
        if var metadata = try fields.object("metadata") {
            call.metadata.hopLimit = try metadata.int("hopLimit") ?? 1
            call.metadata.requiresToken = try metadata.bool("requireToken") ?? true
            call.metadata.isEnabled = try metadata.bool("enabled") ?? true
            call.metadata.ipv6 = try metadata.bool("ipv6") ?? false
            call.metadata.instanceTags = try metadata.bool("tags") ?? false
            try metadata.finish()
        }
        try fields.finish()
        if let role = call.role, region.access.roles[role] == nil { region.access.roles[role] = .some(nil) }
        for instance in try perform(call, at: fields.place) {
            if let name { names["instance/\(name)"] = instance.id }
        }
    }

    /// What is called by its identifier or its name.
    private func find(
        _ kind: String, _ name: String, in vpc: String, at fields: DocumentFields
    ) throws(DocumentError) -> String {
        let resources = region.resources
        let found: String? =
            kind == "group"
            ? resources.groups.values.first { $0.vpc == vpc && ($0.id == name || $0.name == name) }?.id
            : resources.subnets.values.first { $0.vpc == vpc && ($0.id == name || $0.tags["Name"] == name) }?
                .id
        guard let found else { throw fields.error(kind, "there is no \(kind) \"\(name)\" in the VPC") }
        return found
    }

    /// The first /64 of the VPC's IPv6 range that no subnet has.
    private func unusedIPv6Range(in vpc: String) -> IPPrefix? {
        guard let range = region.resources.vpcs[vpc]?.ipv6.first?.cidr else { return nil }
        let used = region.resources.subnets.values.filter { $0.vpc == vpc }.compactMap(\.ipv6)
        for index in 0..<(UInt128(1) << UInt128(64 - range.length)) {
            let address = IPAddress(.v6, bits: range.first.bits | index << 64)
            if let prefix = IPPrefix(address, length: 64), !used.contains(prefix) { return prefix }
        }
        return nil
    }

    private func prefixes(_ key: String, in fields: inout DocumentFields) throws(DocumentError) -> [IPPrefix]
    {
        var prefixes: [IPPrefix] = []
        for text in try fields.texts(key) {
            guard let prefix = IPPrefix(text) else {
                throw fields.error(key, "\"\(text)\" is no range such as 10.0.0.0/16")
            }
            prefixes.append(prefix)
        }
        return prefixes
    }

    private func named(_ name: String?, _ tags: [String: String]) -> [String: String] {
        guard let name else { return tags }
        return tags.merging(["Name": name]) { given, _ in given }
    }

    private mutating func perform<Call: Operation>(_ call: Call, at place: String) throws(DocumentError)
        -> Call.Answer
    {
        do throws(EC2Error) {
            return try region.perform(call, at: time)
        } catch {
            throw DocumentError(place: place, problem: "\(error)")
        }
    }
}
