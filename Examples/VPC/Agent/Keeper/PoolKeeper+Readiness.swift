// SPDX-License-Identifier: Apache-2.0

package import AddressPool
package import CNITypes

extension PoolKeeper {
    /// Why the node cannot take attachments now; nil if it can.
    package var unreadiness: CNIError? {
        if !pool.isProven {
            return CNIError(
                .pluginNotAvailable, "vpc-agent is still looking at what the node's namespaces hold")
        }
        if !operations.options.families.contains(.v4) {
            return pool.enis.contains { pool.mayGive($0) && $0.hasIPv6 }
                ? nil : CNIError(.pluginNotAvailable, "no ENI has an IPv6 prefix yet")
        }
        if pool.counts.free > 0 { return nil }
        var error = shortage
        error.code = pool.counts.total == 0 ? .pluginNotAvailable : .limitedConnectivity
        return error
    }

    /// The trunk ENI, whose branches the VPC resource controller makes.
    package var trunk: ENI? { pool.enis.first { $0.role == .foreign("of type trunk") } }
}
