// SPDX-License-Identifier: Apache-2.0

extension NetworkInterface: Describable {
    static let action = "DescribeNetworkInterfaces"
    static let idName = "NetworkInterfaceId"

    static func all(in root: XMLElement) throws(XMLElement.Mistake) -> [NetworkInterface] {
        try root.items("networkInterfaceSet").map { (item) throws(XMLElement.Mistake) in try Self(item) }
    }
}

extension Instance: Describable {
    static let action = "DescribeInstances"
    static let idName = "InstanceId"

    static func all(in root: XMLElement) throws(XMLElement.Mistake) -> [Instance] {
        let items = root.items("reservationSet").flatMap { $0.items("instancesSet") }
        return try items.map { (item) throws(XMLElement.Mistake) in try Self(item) }
    }
}

extension InstanceType: Describable {
    static let action = "DescribeInstanceTypes"
    static let idName = "InstanceType"

    static func all(in root: XMLElement) throws(XMLElement.Mistake) -> [InstanceType] {
        try root.items("instanceTypeSet").map { (item) throws(XMLElement.Mistake) in try Self(item) }
    }
}

extension Subnet: Describable {
    static let action = "DescribeSubnets"
    static let idName = "SubnetId"

    static func all(in root: XMLElement) throws(XMLElement.Mistake) -> [Subnet] {
        try root.items("subnetSet").map { (item) throws(XMLElement.Mistake) in try Self(item) }
    }
}

extension SecurityGroup: Describable {
    static let action = "DescribeSecurityGroups"
    static let idName = "GroupId"

    static func all(in root: XMLElement) throws(XMLElement.Mistake) -> [SecurityGroup] {
        try root.items("securityGroupInfo").map { (item) throws(XMLElement.Mistake) in try Self(item) }
    }
}

extension EC2Client {
    /// Describes interfaces; all pages.
    public func describeNetworkInterfaces(
        _ selection: Selection
    ) async throws(EC2Error) -> [NetworkInterface] {
        try await describeAll(selection)
    }

    /// Describes instances; all pages.
    public func describeInstances(_ selection: Selection) async throws(EC2Error) -> [Instance] {
        try await describeAll(selection)
    }

    /// Describes instance types, whose names are the ids; all pages.
    public func describeInstanceTypes(_ selection: Selection) async throws(EC2Error) -> [InstanceType] {
        try await describeAll(selection)
    }

    /// Describes subnets; all pages.
    public func describeSubnets(_ selection: Selection) async throws(EC2Error) -> [Subnet] {
        try await describeAll(selection)
    }

    /// Describes security groups; all pages.
    public func describeSecurityGroups(_ selection: Selection) async throws(EC2Error) -> [SecurityGroup] {
        try await describeAll(selection)
    }
}
