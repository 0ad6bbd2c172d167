// SPDX-License-Identifier: Apache-2.0

import Addressing
import VPCModel

extension EC2Action {
    /// The calls on interfaces' addresses and prefixes.
    static let addressActions = [
        EC2Action("AssignPrivateIpAddresses") { (parameters, _) throws(EC2Error) in
            AssignPrivateIpAddresses(
                interface: try parameters.required("NetworkInterfaceId"),
                request: AddressRequest(
                    addresses: try parameters.addresses("PrivateIpAddress", .v4),
                    count: try parameters.int("SecondaryPrivateIpAddressCount"),
                    prefixes: try parameters.prefixes("Ipv4Prefix"),
                    prefixCount: try parameters.int("Ipv4PrefixCount")),
                allowsReassignment: try parameters.bool("AllowReassignment") ?? false)
        } write: { writer, assigned, call, _ in
            writer.element("networkInterfaceId", call.interface)
            writer.list("assignedPrivateIpAddressesSet", assigned.addresses) {
                $0.element("privateIpAddress", $1.description)
            }
            writer.list("assignedIpv4PrefixSet", assigned.prefixes) {
                $0.element("ipv4Prefix", $1.description)
            }
            writer.element("return", true)
        },
        EC2Action(done: "UnassignPrivateIpAddresses") { (parameters, _) throws(EC2Error) in
            UnassignPrivateIpAddresses(
                interface: try parameters.required("NetworkInterfaceId"),
                addresses: try parameters.addresses("PrivateIpAddress", .v4),
                prefixes: try parameters.prefixes("Ipv4Prefix"))
        },
        EC2Action("AssignIpv6Addresses") { (parameters, _) throws(EC2Error) in
            AssignIpv6Addresses(
                interface: try parameters.required("NetworkInterfaceId"),
                request: AddressRequest(
                    addresses: try parameters.addresses("Ipv6Addresses", .v6),
                    count: try parameters.int("Ipv6AddressCount"),
                    prefixes: try parameters.prefixes("Ipv6Prefix"),
                    prefixCount: try parameters.int("Ipv6PrefixCount")))
        } write: { writer, assigned, call, _ in
            writer.element("networkInterfaceId", call.interface)
            writer.texts("assignedIpv6Addresses", assigned.addresses.map(\.description))
            writer.texts("assignedIpv6PrefixSet", assigned.prefixes.map(\.description))
        },
        EC2Action("UnassignIpv6Addresses") { (parameters, _) throws(EC2Error) in
            UnassignIpv6Addresses(
                interface: try parameters.required("NetworkInterfaceId"),
                addresses: try parameters.addresses("Ipv6Addresses", .v6),
                prefixes: try parameters.prefixes("Ipv6Prefix"))
        } write: { writer, unassigned, call, _ in
            writer.element("networkInterfaceId", call.interface)
            writer.texts("unassignedIpv6Addresses", unassigned.addresses.map(\.description))
            writer.texts("unassignedIpv6PrefixSet", unassigned.prefixes.map(\.description))
        },
    ]
}
