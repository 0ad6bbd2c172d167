// SPDX-License-Identifier: Apache-2.0

/// What a region is and how fast things happen in it.
public struct RegionSettings: Sendable {
    /// The account's number.
    public var account = "123456789012"
    /// Such as `us-east-1`.
    public var region = "us-east-1"
    /// What identifiers and addresses are random by.
    public var seed: UInt64 = 1
    /// Milliseconds from AttachNetworkInterface to the interface's being there.
    public var attachTime: Int64 = 1500
    /// Milliseconds from DetachNetworkInterface to the interface's being gone.
    public var detachTime: Int64 = 1500
    /// Milliseconds from RunInstances to the instance's running, and from start and stop to theirs.
    public var launchTime: Int64 = 1000
    /// Milliseconds from TerminateInstances to the instance's being gone.
    public var terminationTime: Int64 = 1000
    /// Milliseconds that terminated instances can be described for: an hour.
    public var terminatedTime: Int64 = 3_600_000
    /// How many interfaces the account may have.
    public var interfaceQuota = 5000
    /// How many security groups an interface may have.
    public var groupsPerInterface = 5
    /// Whether DeleteNetworkInterface of one in use answers `InvalidNetworkInterface.InUse`, and not
    /// `InvalidParameterValue`: EC2 has been seen to do both.
    public var answersInUse = false
    /// Whether a forced detachment leaves the device index unusable until the instance is stopped.
    public var forceBlocksIndex = false
    /// Instance types besides ``InstanceType/table``, or other figures for those.
    public var types: [String: InstanceType] = [:]

    /// The defaults.
    public init() {}

    /// The instance type of a name.
    public func type(_ name: String) -> InstanceType? { types[name] ?? InstanceType.table[name] }

    /// The identifier of a zone, such as `use1-az1` of `us-east-1a`.
    package func zoneID(of zone: String) -> String {
        let parts = region.split(separator: "-")
        let short = parts.enumerated().map { index, part in index == 1 ? String(part.prefix(1)) : String(part)
        }.joined()
        let letter = zone.utf8.last.map { Int($0) - Int(UInt8(ascii: "a")) + 1 } ?? 1
        return "\(short)-az\(letter)"
    }

    /// The partition in the region's names: `aws`, `aws-cn` or `aws-us-gov`.
    package var partition: String {
        region.hasPrefix("cn-") ? "aws-cn" : region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
    }

    /// The full name of a resource from the end of it.
    package func arn(_ resource: String) -> String {
        resource == "*" ? "*" : "arn:\(partition):ec2:\(region):\(account):\(resource)"
    }
}
