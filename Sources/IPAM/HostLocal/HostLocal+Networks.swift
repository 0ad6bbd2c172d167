// SPDX-License-Identifier: Apache-2.0

package import Addressing
package import CNITypes
internal import LinuxCore

extension HostLocal {
    /// Whether an address of a network is leased, such as one that the ranges do not have any more.
    ///
    /// Reads the names of all leases.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``.
    package func hasLease(in network: IPPrefix) throws(CNIError) -> Bool {
        do throws(SystemError) {
            return try Directory.names(in: leases.path).contains { name in
                IPAddress(name).map { network.contains($0) } ?? false
            }
        } catch {
            if error.meansNoFile { return false }
            throw CNIError(.ioFailure, error.description)
        }
    }
}
