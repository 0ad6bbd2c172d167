// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// UnassignPrivateIpAddresses.
package struct UnassignPrivateIpAddresses: Operation {
    package static let action = "UnassignPrivateIpAddresses"

    package var interface: String
    package var addresses: [IPAddress]
    package var prefixes: [IPPrefix]

    package init(interface: String, addresses: [IPAddress] = [], prefixes: [IPPrefix] = []) {
        self.interface = interface
        self.addresses = addresses
        self.prefixes = prefixes
    }

    package func accesses(in resources: Resources) -> [Access] {
        [.existing(interface, Self.action, in: resources)]
    }

    package func perform(in region: inout Region) throws(EC2Error) {
        var interface = try region.resources.interface(interface)
        guard !addresses.isEmpty || !prefixes.isEmpty else {
            throw .missing("privateIpAddress or Ipv4Prefix")
        }
        for address in addresses {
            // The primary address is not to be had either.
            guard
                let index = interface.addresses.firstIndex(where: { $0.address == address && !$0.isPrimary })
            else {
                throw .notAssigned(to: interface.id)
            }
            interface.addresses.remove(at: index)
            region.resources.subnets[interface.subnet]?.plan.release(address)
        }
        for prefix in prefixes {
            guard let index = interface.ipv4Prefixes.firstIndex(of: prefix) else {
                throw .notAssigned(to: interface.id)
            }
            interface.ipv4Prefixes.remove(at: index)
            region.resources.subnets[interface.subnet]?.plan.release(prefix)
        }
        region.resources.interfaces[interface.id] = interface
    }
}

/// UnassignIpv6Addresses.
package struct UnassignIpv6Addresses: Operation {
    package static let action = "UnassignIpv6Addresses"

    package var interface: String
    package var addresses: [IPAddress]
    package var prefixes: [IPPrefix]

    package init(interface: String, addresses: [IPAddress] = [], prefixes: [IPPrefix] = []) {
        self.interface = interface
        self.addresses = addresses
        self.prefixes = prefixes
    }

    package func accesses(in resources: Resources) -> [Access] {
        [.existing(interface, Self.action, in: resources)]
    }

    package func perform(in region: inout Region) throws(EC2Error) -> AssignedAddresses {
        var interface = try region.resources.interface(interface)
        guard !addresses.isEmpty || !prefixes.isEmpty else { throw .missing("ipv6Addresses or Ipv6Prefix") }
        for address in addresses {
            guard let index = interface.ipv6Addresses.firstIndex(of: address) else {
                throw .notAssigned(to: interface.id)
            }
            guard index > 0 || !interface.hasPrimaryIPv6 else {
                throw EC2Error("OperationNotPermitted", "The primary IPv6 address cannot be unassigned.")
            }
            interface.ipv6Addresses.remove(at: index)
            region.resources.subnets[interface.subnet]?.ipv6Plan?.release(address)
        }
        for prefix in prefixes {
            guard let index = interface.ipv6Prefixes.firstIndex(of: prefix) else {
                throw .notAssigned(to: interface.id)
            }
            interface.ipv6Prefixes.remove(at: index)
            region.resources.subnets[interface.subnet]?.ipv6Plan?.release(prefix)
        }
        region.resources.interfaces[interface.id] = interface
        return AssignedAddresses(addresses: addresses, prefixes: prefixes)
    }
}

extension EC2Error {
    /// Several clients match on this text.
    fileprivate static func notAssigned(to interface: String) -> EC2Error {
        .invalidValue("Some of the specified addresses are not assigned to interface \(interface)")
    }
}
