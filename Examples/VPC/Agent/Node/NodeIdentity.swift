// SPDX-License-Identifier: Apache-2.0

package import AddressPool
package import Addressing
internal import EC2

/// Which instance this node is, and what it may have.
package struct NodeIdentity: Hashable, Sendable {
    package var instance: String
    package var type: String
    package var zone: String
    package var vpc: String
    package var subnet: SubnetID
    package var primaryMAC: MACAddress
    /// The primary ENI's security groups, which pods' ENIs get, too.
    package var securityGroups: [String]
    package var limits: InstanceLimits
    /// Virtual CPUs; nil if EC2 does not say.
    package var cpus: Int?

    package init(
        instance: String, type: String, zone: String, vpc: String, subnet: SubnetID, primaryMAC: MACAddress,
        securityGroups: [String], limits: InstanceLimits, cpus: Int? = nil
    ) {
        self.instance = instance
        self.type = type
        self.zone = zone
        self.vpc = vpc
        self.subnet = subnet
        self.primaryMAC = primaryMAC
        self.securityGroups = securityGroups
        self.limits = limits
        self.cpus = cpus
    }
}
