// SPDX-License-Identifier: Apache-2.0

package import CNITypes
internal import Glibc
internal import LinuxCore

/// Addresses of a network's own subnets that another network on the same host has leased.
package struct OtherPool: Hashable, Sendable {
    /// The other network's name, which is that of its folder.
    package let network: String
    /// One of the addresses.
    package let address: IPAddress
    /// The subnet of this network's that it is in.
    package let subnet: IPPrefix
    /// The lease's file.
    package let path: String
}

extension HostLocal {
    /// Another network that has leased addresses of this one's subnets, in the same `dataDir`; nil if there is none, or once
    /// this network has leases itself.
    ///
    /// Two pools know nothing of each other: they hand out the same addresses. Whether that matters depends on the links
    /// that containers are on, which are not host-local's.
    ///
    /// - Parameter attachment: The one that has got its addresses just now.
    package func otherPool(besides attachment: Attachment?) throws(CNIError) -> OtherPool? {
        let subnets = try configuration().sets.flatMap(\.ranges).map(\.subnet)
        let own = attachment.map { LeaseOwner($0) }
        return try inputOutput { () throws(SystemError) in
            if try hasLeases(besides: own) { return nil }
            guard try File.exists(leases.dataDirectory) else { return nil }
            for network in try Directory.names(in: leases.dataDirectory)
            where network != leases.network && !network.hasPrefix(".") {
                let folder = LeaseFolder(dataDirectory: leases.dataDirectory, network: network)
                if let found = try folder.pool(in: subnets) { return found }
            }
            return nil
        }
    }

    /// Whether the network has a lease of somebody else's; ends at the first.
    private func hasLeases(besides own: LeaseOwner?) throws(SystemError) -> Bool {
        do throws(SystemError) {
            return try Directory.contains(in: leases.path) { name throws(SystemError) in
                guard let address = IPAddress(name), let owner = try leases.owner(of: address) else {
                    return false
                }
                return owner != own
            }
        } catch  where error.meansNoFile {
            return false
        }
    }
}

extension LeaseFolder {
    /// The first lease of an address in some subnets.
    fileprivate func pool(in subnets: [IPPrefix]) throws(SystemError) -> OtherPool? {
        var found: OtherPool?
        do throws(SystemError) {
            _ = try Directory.contains(in: path) { name throws(SystemError) in
                guard let address = IPAddress(name),
                    let subnet = subnets.first(where: { $0.contains(address) }),
                    try owner(of: address)?.isContainer == true
                else { return false }
                found = OtherPool(
                    network: network, address: address, subnet: subnet, path: path(of: address))
                return true
            }
        } catch  where error.meansNoFile || error.errno == ENOTDIR {
            return nil  // a stray file
        }
        return found
    }
}
