// SPDX-License-Identifier: Apache-2.0

/// DescribeNetworkInterfaces.
package struct DescribeNetworkInterfaces: Operation {
    package static let action = "DescribeNetworkInterfaces"
    package var request: DescribeRequest
    package init(_ request: DescribeRequest = DescribeRequest()) { self.request = request }
    package var isBroad: Bool { request.isBroad }

    package func perform(in region: inout Region) throws(EC2Error) -> Page<NetworkInterface> {
        let view = region.described
        return try region.describe(
            view.interfaces, by: request,
            rules: DescribeRules(idsName: "NetworkInterfaceIds", maxResultsName: "MaxResults"), in: view,
            check: ResourceKind.networkInterface.check, notFound: { .notFound(.networkInterface, $0) })
    }
}

/// DescribeInstances.
package struct DescribeInstances: Operation {
    package static let action = "DescribeInstances"
    package var request: DescribeRequest
    package init(_ request: DescribeRequest = DescribeRequest()) { self.request = request }
    package var isBroad: Bool { request.isBroad }

    package func perform(in region: inout Region) throws(EC2Error) -> Page<Instance> {
        let view = region.described
        return try region.describe(
            view.instances, by: request, rules: DescribeRules(idsName: "instancesSet", pageSizes: nil),
            in: view,
            check: ResourceKind.instance.check, notFound: { .notFound(.instance, $0) })
    }
}

/// DescribeSubnets.
package struct DescribeSubnets: Operation {
    package static let action = "DescribeSubnets"
    package var request: DescribeRequest
    package init(_ request: DescribeRequest = DescribeRequest()) { self.request = request }
    package var isBroad: Bool { request.isBroad }

    package func perform(in region: inout Region) throws(EC2Error) -> Page<Subnet> {
        let view = region.described
        return try region.describe(
            view.subnets, by: request, rules: DescribeRules(idsName: "SubnetIds", idsExcludePages: false),
            in: view,
            check: ResourceKind.subnet.check, notFound: { .notFound(.subnet, $0) })
    }
}

/// DescribeSecurityGroups.
package struct DescribeSecurityGroups: Operation {
    package static let action = "DescribeSecurityGroups"
    package var request: DescribeRequest
    package init(_ request: DescribeRequest = DescribeRequest()) { self.request = request }
    package var isBroad: Bool { request.isBroad }

    package func perform(in region: inout Region) throws(EC2Error) -> Page<SecurityGroup> {
        let view = region.described
        return try region.describe(
            view.groups, by: request, rules: DescribeRules(idsName: "GroupIds", idsExcludePages: false),
            in: view,
            check: ResourceKind.securityGroup.check,
            notFound: { EC2Error("InvalidGroup.NotFound", "The security group '\($0)' does not exist") })
    }
}

/// DescribeVpcs.
package struct DescribeVpcs: Operation {
    package static let action = "DescribeVpcs"
    package var request: DescribeRequest
    package init(_ request: DescribeRequest = DescribeRequest()) { self.request = request }
    package var isBroad: Bool { request.isBroad }

    package func perform(in region: inout Region) throws(EC2Error) -> Page<VPC> {
        let view = region.described
        return try region.describe(
            view.vpcs, by: request, rules: DescribeRules(idsName: "VpcIds", idsExcludePages: false), in: view,
            check: ResourceKind.vpc.check, notFound: { .notFound(.vpc, $0) })
    }
}

/// DescribeInstanceTypes.
package struct DescribeInstanceTypes: Operation {
    package static let action = "DescribeInstanceTypes"
    package var request: DescribeRequest
    package init(_ request: DescribeRequest = DescribeRequest()) { self.request = request }
    package var isBroad: Bool { request.isBroad }

    package func perform(in region: inout Region) throws(EC2Error) -> Page<DescribedType> {
        guard request.ids.count <= 100 else {
            throw EC2Error("InvalidParameterValue", "At most 100 instance types can be described at once")
        }
        var types: [String: DescribedType] = [:]
        let known = InstanceType.table.merging(region.settings.types) { $1 }
        for (index, name) in known.keys.sorted().enumerated() {
            if let type = known[name] { types[name] = DescribedType(type: type, serial: UInt64(index)) }
        }
        let missing = request.ids.filter { types[$0] == nil }
        guard missing.isEmpty else {
            throw EC2Error(
                "InvalidInstanceType",
                "The following supplied instance types do not exist: [\(missing.joined(separator: ", "))]")
        }
        return try region.describe(
            types, by: request, rules: DescribeRules(idsName: "InstanceTypes", pageSizes: 5...100),
            in: region.resources,
            check: { (_) throws(EC2Error) in },
            notFound: { EC2Error("InvalidInstanceType", "The instance type \($0) does not exist") })
    }
}

/// DescribeTags.
package struct DescribeTags: Operation {
    package static let action = "DescribeTags"
    package var request: DescribeRequest
    package init(_ request: DescribeRequest = DescribeRequest()) { self.request = request }
    package var isBroad: Bool { request.isBroad }

    package func perform(in region: inout Region) throws(EC2Error) -> Page<DescribedTag> {
        let view = region.described
        var tags: [String: DescribedTag] = [:]
        let tagged: [any Describable] =
            Array(view.vpcs.values) + Array(view.subnets.values) + Array(view.groups.values)
            + Array(view.interfaces.values) + Array(view.instances.values)
        for resource in tagged {
            for (index, key) in resource.tags.keys.sorted().enumerated() {
                // 50 tags at most: the order is by resource, then by key.
                let tag = DescribedTag(
                    resource: resource.id, key: key, value: resource.tags[key] ?? "",
                    serial: resource.serial * 64 + UInt64(index))
                tags[tag.id] = tag
            }
        }
        return try region.describe(
            tags, by: request, rules: DescribeRules(idsName: "Tags"), in: view,
            check: { (_) throws(EC2Error) in },
            notFound: { .invalidValue("no tag \($0)") })
    }
}
