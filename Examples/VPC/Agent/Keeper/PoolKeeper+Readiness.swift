// SPDX-License-Identifier: Apache-2.0

package import AddressPool
package import CNITypes

extension PoolKeeper {
    /// Why the node cannot take attachments now; nil if it can.
    ///
    /// One that is full can: it is as Kubernetes has filled it, and the pods of a node that is not ready are evicted.
    package var unreadiness: CNIError? {
        if !pool.isProven {
            return CNIError(
                .pluginNotAvailable, "vpc-agent is still looking at what the node's namespaces hold")
        }
        if !operations.options.families.contains(.v4) {
            return pool.enis.contains { pool.mayGive($0) && $0.hasIPv6 }
                ? nil : CNIError(.pluginNotAvailable, "no ENI has an IPv6 prefix yet")
        }
        let wanted = input.targets.shortage(
            free: 0, total: 0, waiting: 0, perENI: input.limits.addressesPerENI - 1)
        if pool.counts.total > 0 || wanted <= 0 { return nil }
        var error = shortage
        error.code = .pluginNotAvailable
        return error
    }

    /// The trunk ENI, whose branches the VPC resource controller makes.
    package var trunk: ENI? { pool.enis.first { $0.role == .foreign("of type trunk") } }
}
