// SPDX-License-Identifier: Apache-2.0

/// A partition of AWS: regions with accounts, names and certificates of their own.
public struct Partition: Hashable, Sendable {
    /// The name, as ARNs have it: `aws`, `aws-cn`, `aws-us-gov`.
    public let name: String
    /// The end of its host names.
    public let domain: String
    /// The end of the host names that have IPv6 addresses, too.
    public let dualStackDomain: String

    /// The partition of a region: `aws-cn` for `cn-north-1`; `aws` for what is not known here.
    public init(region: String) {
        self = Self.others.first { region.hasPrefix($0.prefix) }?.partition ?? Self.usual
    }

    private init(_ name: String, _ domain: String, dualStack: String) {
        self.name = name
        self.domain = domain
        dualStackDomain = dualStack
    }

    private static let usual = Partition("aws", "amazonaws.com", dualStack: "api.aws")

    private static let others: [(prefix: String, partition: Partition)] = [
        ("cn-", Partition("aws-cn", "amazonaws.com.cn", dualStack: "api.amazonwebservices.com.cn")),
        ("us-gov-", Partition("aws-us-gov", "amazonaws.com", dualStack: "api.aws")),
        ("us-iso-", Partition("aws-iso", "c2s.ic.gov", dualStack: "api.aws.ic.gov")),
        ("us-isob-", Partition("aws-iso-b", "sc2s.sgov.gov", dualStack: "api.aws.scloud")),
        ("eu-isoe-", Partition("aws-iso-e", "cloud.adc-e.uk", dualStack: "api.cloud-aws.adc-e.uk")),
        ("us-isof-", Partition("aws-iso-f", "csp.hci.ic.gov", dualStack: "api.aws.hci.ic.gov")),
        ("eusc-", Partition("aws-eusc", "amazonaws.eu", dualStack: "api.amazonwebservices.eu")),
    ]
}
