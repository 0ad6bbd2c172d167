// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// CreateSubnet.
package struct CreateSubnet: Operation {
    package static let action = "CreateSubnet"

    package var vpc: String
    package var cidr: IPPrefix
    package var ipv6: IPPrefix?
    /// The availability zone; nil is the region's first.
    package var zone: String?
    package var tags: [String: String] = [:]
    /// Whether instances get a public address: no parameter of EC2's call, but of the configuration file.
    package var mapsPublicAddress = false

    package init(
        vpc: String, cidr: IPPrefix, ipv6: IPPrefix? = nil, zone: String? = nil, tags: [String: String] = [:],
        mapsPublicAddress: Bool = false
    ) {
        self.vpc = vpc
        self.cidr = cidr
        self.ipv6 = ipv6
        self.zone = zone
        self.tags = tags
        self.mapsPublicAddress = mapsPublicAddress
    }

    package func accesses(in resources: Resources) -> [Access] {
        Access.new(.subnet, Self.action, tags: tags) + [.existing(vpc, Self.action, in: resources)]
    }

    package func perform(in region: inout Region) throws(EC2Error) -> Subnet {
        let vpc = try region.resources.vpc(vpc)
        try region.checkTags(tags)
        guard cidr.family == .v4, cidr.isNetwork else {
            throw .invalidValue(
                "Value (\(cidr)) for parameter cidrBlock is invalid. This is not a valid CIDR block.")
        }
        guard 16...28 ~= cidr.length, vpc.ipv4.contains(where: { $0.cidr.contains(cidr) }) else {
            throw EC2Error("InvalidSubnet.Range", "The CIDR '\(cidr)' is invalid.")
        }
        let others = region.resources.subnets.values.filter { $0.vpc == vpc.id }
        guard !others.contains(where: { $0.cidr.overlaps(cidr) }) else {
            throw EC2Error("InvalidSubnet.Conflict", "The CIDR '\(cidr)' conflicts with another subnet")
        }
        if let ipv6 {
            guard ipv6.family == .v6, ipv6.length == 64, ipv6.isNetwork,
                vpc.ipv6.contains(where: { $0.cidr.contains(ipv6) })
            else { throw EC2Error("InvalidSubnet.Range", "The CIDR '\(ipv6)' is invalid.") }
            guard !others.contains(where: { $0.ipv6?.overlaps(ipv6) ?? false }) else {
                throw EC2Error("InvalidSubnet.Conflict", "The CIDR '\(ipv6)' conflicts with another subnet")
            }
        }
        let zone = zone ?? region.settings.region + "a"
        guard zone.hasPrefix(region.settings.region), zone.count == region.settings.region.count + 1,
            "abcdef".contains(zone.suffix(1))
        else {
            throw .invalidValue("Value (\(zone)) for parameter availabilityZone is invalid.")
        }
        let subnet = Subnet(
            id: region.random.identifier("subnet"), serial: region.serial(), vpc: vpc.id, zone: zone,
            zoneID: region.settings.zoneID(of: zone), cidr: cidr, ipv6: ipv6, plan: AddressPlan(cidr: cidr),
            ipv6Plan: ipv6.map { AddressPlan(cidr: $0) }, mapsPublicAddress: mapsPublicAddress, tags: tags)
        region.resources.subnets[subnet.id] = subnet
        return subnet
    }
}
