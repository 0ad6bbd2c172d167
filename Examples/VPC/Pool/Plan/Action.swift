// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// One change to what the node has in EC2.
package enum Action: Hashable, Sendable, CustomStringConvertible {
    case create(Creation)
    /// Assign secondary addresses to an ENI.
    case assignAddresses(ENIID, Int)
    /// Assign /28 prefixes to an ENI.
    case assignPrefixes(ENIID, Int)
    /// Assign the ENI its one /80 prefix.
    case assignIPv6Prefix(ENIID)
    /// Give blocks back to EC2.
    case unassign(ENIID, [IPPrefix])
    /// Detach and delete an ENI.
    case remove(ENIID)

    /// An ENI to be made and attached.
    package struct Creation: Hashable, Sendable {
        /// Who an ENI is made for.
        package enum Purpose: Hashable, Sendable {
            case pool
            case exclusive(ExclusiveRequest)
        }

        package var subnet: SubnetID
        /// On network card 0; another one is taken if somebody else has it by then.
        package var deviceIndex: Int
        package var addresses: Int
        package var prefixes: Int
        package var ipv6Prefixes: Int
        package var purpose: Purpose

        package init(
            subnet: SubnetID, deviceIndex: Int, addresses: Int = 0, prefixes: Int = 0, ipv6Prefixes: Int = 0,
            purpose: Purpose = .pool
        ) {
            self.subnet = subnet
            self.deviceIndex = deviceIndex
            self.addresses = addresses
            self.prefixes = prefixes
            self.ipv6Prefixes = ipv6Prefixes
            self.purpose = purpose
        }
    }

    /// The ENI that it is about; nil if that does not exist yet.
    package var eni: ENIID? {
        switch self {
        case .create: nil
        case .assignAddresses(let id, _), .assignPrefixes(let id, _), .assignIPv6Prefix(let id),
            .unassign(let id, _), .remove(let id):
            id
        }
    }

    /// How many IPv4 addresses for pods it brings.
    package var gain: Int {
        switch self {
        case .create(let creation):
            creation.purpose == .pool ? creation.addresses + creation.prefixes * Targets.prefixSize : 0
        case .assignAddresses(_, let count): count
        case .assignPrefixes(_, let count): count * Targets.prefixSize
        case .assignIPv6Prefix, .unassign, .remove: 0
        }
    }

    package var description: String {
        switch self {
        case .create(let creation):
            "create an ENI in \(creation.subnet) at device index \(creation.deviceIndex)"
                + " (addresses: \(creation.addresses), prefixes: \(creation.prefixes))"
        case .assignAddresses(let id, let count): "assign \(count) addresses to \(id)"
        case .assignPrefixes(let id, let count): "assign \(count) prefixes to \(id)"
        case .assignIPv6Prefix(let id): "assign an IPv6 prefix to \(id)"
        case .unassign(let id, let blocks):
            "unassign \(blocks.map(\.description).joined(separator: ", ")) from \(id)"
        case .remove(let id): "detach and delete \(id)"
        }
    }
}

/// A container that waits for an ENI of its own.
package struct ExclusiveRequest: Hashable, Sendable {
    package var key: AttachmentKey
    /// Where its ENI has to be; nil for the subnet of the primary ENI.
    package var subnet: SubnetID?
    /// The ENI's security groups; those of the primary ENI if empty.
    package var securityGroups: [String]

    package init(key: AttachmentKey, subnet: SubnetID? = nil, securityGroups: [String] = []) {
        self.key = key
        self.subnet = subnet
        self.securityGroups = securityGroups
    }
}
