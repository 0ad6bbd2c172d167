// SPDX-License-Identifier: Apache-2.0

/// The kinds of resources that have identifiers and tags.
public enum ResourceKind: String, Sendable, CaseIterable {
    /// A VPC.
    case vpc
    /// A subnet.
    case subnet
    /// A security group.
    case securityGroup = "security-group"
    /// A network interface.
    case networkInterface = "network-interface"
    /// An instance.
    case instance

    /// What its identifiers begin with, without the hyphen.
    package var prefix: String {
        switch self {
        case .vpc: "vpc"
        case .subnet: "subnet"
        case .securityGroup: "sg"
        case .networkInterface: "eni"
        case .instance: "i"
        }
    }

    /// The kind that an identifier is of, by what it begins with.
    package init?(id: String) {
        guard let kind = Self.allCases.first(where: { id.hasPrefix($0.prefix + "-") }) else { return nil }
        self = kind
    }

    /// Refuses what cannot be an identifier of this kind: the prefix, and 8 or 17 hexadecimal digits.
    package func check(_ id: String) throws(EC2Error) {
        let digits = id.utf8.dropFirst(prefix.utf8.count + 1)
        let hexadecimal = digits.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        guard id.hasPrefix(prefix + "-"), digits.count == 8 || digits.count == 17, hexadecimal else {
            throw EC2Error(malformedCode, "Invalid id: \"\(id)\" (expecting \"\(prefix)-...\")")
        }
    }

    var noun: String {
        switch self {
        case .vpc: "vpc"
        case .subnet: "subnet"
        case .securityGroup: "security group"
        case .networkInterface: "networkInterface"
        case .instance: "instance"
        }
    }

    var notFoundCode: String {
        switch self {
        case .vpc: "InvalidVpcID.NotFound"
        case .subnet: "InvalidSubnetID.NotFound"
        case .securityGroup: "InvalidGroup.NotFound"
        case .networkInterface: "InvalidNetworkInterfaceID.NotFound"
        case .instance: "InvalidInstanceID.NotFound"
        }
    }

    private var malformedCode: String {
        switch self {
        case .vpc: "InvalidVpcID.Malformed"
        case .subnet: "InvalidSubnetID.Malformed"
        case .securityGroup: "InvalidGroupId.Malformed"
        case .networkInterface: "InvalidNetworkInterfaceId.Malformed"
        case .instance: "InvalidInstanceID.Malformed"
        }
    }
}
