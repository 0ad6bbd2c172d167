// SPDX-License-Identifier: Apache-2.0

import Addressing

/// AssignPrivateIpAddresses: all of what is asked for, or nothing.
package struct AssignPrivateIpAddresses: Operation {
    package static let action = "AssignPrivateIpAddresses"

    package var interface: String
    package var request: AddressRequest
    /// Whether addresses may be taken from other interfaces of the subnet.
    package var allowsReassignment = false

    package init(interface: String, request: AddressRequest, allowsReassignment: Bool = false) {
        self.interface = interface
        self.request = request
        self.allowsReassignment = allowsReassignment
    }

    package func accesses(in resources: Resources) -> [Access] {
        [.existing(interface, Self.action, in: resources)]
    }

    package func perform(in region: inout Region) throws(EC2Error) -> AssignedAddresses {
        let interface = try region.resources.interface(interface)
        guard request != AddressRequest() else {
            throw .missing("secondaryPrivateIpAddressCount, privateIpAddress, Ipv4Prefix or Ipv4PrefixCount")
        }
        try request.check(minimum: 1)
        var rest = request
        var moved: [IPAddress] = []
        for address in request.addresses {
            guard
                let owner = region.resources.interfaces.values.first(where: {
                    $0.subnet == interface.subnet && $0.addresses.contains { $0.address == address }
                })
            else { continue }
            rest.addresses.removeAll { $0 == address }
            // What it has already is no mistake and nothing new.
            if owner.id == interface.id { continue }
            guard allowsReassignment, owner.primaryAddress != address else {
                throw EC2Error(
                    "Resource.AlreadyAssigned",
                    "The specified private IP address \(address) is already assigned to a resource. Unassign the private "
                        + "IP first, or use a different private IP address.")
            }
            region.resources.interfaces[owner.id]?.addresses.removeAll { $0.address == address }
            moved.append(address)
        }
        try region.checkRoom(
            on: interface, used: interface.ipv4Slots + moved.count + rest.slots,
            wantsPrefixes: rest.wantsPrefixes
        ) { $0.ipv4PerInterface }
        var got = try region.take(rest, of: .v4, in: interface.subnet, inUse: "Resource.AlreadyAssigned")
        got.addresses = moved + got.addresses
        let addresses = got.addresses.map { NetworkInterface.PrivateAddress(address: $0, isPrimary: false) }
        region.resources.interfaces[interface.id]?.addresses += addresses
        region.resources.interfaces[interface.id]?.ipv4Prefixes += got.prefixes
        return got
    }
}

/// AssignIpv6Addresses.
package struct AssignIpv6Addresses: Operation {
    package static let action = "AssignIpv6Addresses"

    package var interface: String
    package var request: AddressRequest

    package init(interface: String, request: AddressRequest) {
        self.interface = interface
        self.request = request
    }

    package func accesses(in resources: Resources) -> [Access] {
        [.existing(interface, Self.action, in: resources)]
    }

    package func perform(in region: inout Region) throws(EC2Error) -> AssignedAddresses {
        let interface = try region.resources.interface(interface)
        guard request != AddressRequest() else {
            throw .missing("ipv6AddressCount, ipv6Addresses, Ipv6Prefix or Ipv6PrefixCount")
        }
        try request.check(minimum: 1)
        try region.checkRoom(
            on: interface, used: interface.ipv6Slots + request.slots, wantsPrefixes: request.wantsPrefixes
        ) { $0.ipv6PerInterface }
        let got = try region.take(request, of: .v6, in: interface.subnet, inUse: "InvalidIPAddress.InUse")
        region.resources.interfaces[interface.id]?.ipv6Addresses += got.addresses
        region.resources.interfaces[interface.id]?.ipv6Prefixes += got.prefixes
        return got
    }
}

extension Region {
    /// Refuses what the instance type has no room for; an interface without an instance has no limit.
    fileprivate func checkRoom(
        on interface: NetworkInterface, used: Int, wantsPrefixes: Bool, limit: (InstanceType) -> Int
    ) throws(EC2Error) {
        guard let attachment = interface.attachment, let type = resources.instances[attachment.instance]?.type
        else { return }
        if wantsPrefixes, !type.supportsPrefixes { throw .prefixesUnsupported(by: type) }
        guard used <= limit(type) else {
            throw EC2Error("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.")
        }
    }
}
