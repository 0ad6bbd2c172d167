// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// Makes the interface by which a VPC endpoint has a service in a subnet.
///
/// No client can ask for it: endpoints are part of what a simulator is set up with.
package struct MakeEndpoint: Operation {
    package static let action = "CreateVpcEndpoint"

    package var subnet: String
    /// Its address; nil is any.
    package var address: IPAddress?
    /// Its security groups; none is the VPC's default one.
    package var groups: [String] = []

    package init(subnet: String) { self.subnet = subnet }

    package func accesses(in resources: Resources) -> [Access] { [] }

    package func perform(in region: inout Region) throws(EC2Error) -> NetworkInterface {
        var call = CreateNetworkInterface(subnet: subnet)
        call.description = "VPC Endpoint Interface"
        call.primaryAddress = address
        call.groups = groups
        var made = try region.make(call)
        made.type = NetworkInterface.endpointType
        region.resources.interfaces[made.id] = made
        return made
    }
}
