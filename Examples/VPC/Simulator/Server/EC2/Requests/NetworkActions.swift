// SPDX-License-Identifier: Apache-2.0

import Addressing
import VPCModel

extension EC2Action {
    /// The calls on VPCs and subnets.
    static let networkActions = [
        EC2Action("CreateVpc") { (parameters, _) throws(EC2Error) in
            parameters.ignore("InstanceTenancy", "Ipv6CidrBlockNetworkBorderGroup")
            guard let cidr = try parameters.prefix("CidrBlock") else { throw .missing("cidrBlock") }
            return CreateVpc(
                cidr: cidr, ipv6: try parameters.prefix("Ipv6CidrBlock"),
                wantsIPv6: try parameters.bool("AmazonProvidedIpv6CidrBlock") ?? false,
                tags: try parameters.tags(of: .vpc))
        } write: { writer, vpc, _, region in
            writer.group("vpc") { $0.vpc(vpc, of: region.settings) }
        },
        EC2Action("AssociateVpcCidrBlock") { (parameters, _) throws(EC2Error) in
            parameters.ignore("Ipv6CidrBlockNetworkBorderGroup")
            return AssociateVpcCidrBlock(
                vpc: try parameters.required("VpcId"), cidr: try parameters.prefix("CidrBlock"),
                ipv6: try parameters.prefix("Ipv6CidrBlock"),
                wantsIPv6: try parameters.bool("AmazonProvidedIpv6CidrBlock") ?? false)
        } write: { writer, association, call, _ in
            writer.element("vpcId", call.vpc)
            if association.cidr.family == .v4 {
                writer.group("cidrBlockAssociation") { $0.cidrAssociation(association) }
            } else {
                writer.group("ipv6CidrBlockAssociation") { $0.ipv6Association(association) }
            }
        },
        EC2Action("DescribeVpcs") { (parameters, _) throws(EC2Error) in
            DescribeVpcs(try parameters.describeRequest(ids: "VpcId"))
        } write: { writer, page, _, region in
            writer.list("vpcSet", page.items) { $0.vpc($1, of: region.settings) }
            writer.element("nextToken", page.nextToken)
        },
        EC2Action("CreateSubnet") { (parameters, region) throws(EC2Error) in
            guard let cidr = try parameters.prefix("CidrBlock") else { throw .missing("cidrBlock") }
            var zone = parameters.text("AvailabilityZone")
            if let id = parameters.text("AvailabilityZoneId") {
                zone = "abcdef".map { region.settings.region + String($0) }
                    .first { region.settings.zoneID(of: $0) == id }
                if zone == nil {
                    throw .invalidValue("Value (\(id)) for parameter availabilityZoneId is invalid.")
                }
            }
            return CreateSubnet(
                vpc: try parameters.required("VpcId"), cidr: cidr,
                ipv6: try parameters.prefix("Ipv6CidrBlock"),
                zone: zone, tags: try parameters.tags(of: .subnet))
        } write: { writer, subnet, _, region in
            writer.group("subnet") { $0.subnet(subnet, of: region.settings) }
        },
        EC2Action("DescribeSubnets") { (parameters, _) throws(EC2Error) in
            DescribeSubnets(try parameters.describeRequest(ids: "SubnetId"))
        } write: { writer, page, _, region in
            writer.list("subnetSet", page.items) { $0.subnet($1, of: region.settings) }
            writer.element("nextToken", page.nextToken)
        },
    ]
}
