// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import Addressing
internal import EC2

/// Finds the subnets in which ENIs for pods may be made.
struct SubnetDiscovery: Sendable {
    let service: any EC2Service
    let node: NodeIdentity
    let options: AgentOptions

    /// 1 or empty: for pods; 0: not.
    static let tag = "kubernetes.io/role/cni"
    /// Begins the tags of subnets that are only for certain clusters.
    static let clusterTag = "cni.networking.k8s.aws/cluster/"

    /// The subnets, the one with the most free addresses first.
    func subnets() async throws(EC2Error) -> [Subnet] {
        guard options.discoversSubnets else {
            return try await service.describeSubnets(.ids([node.subnet.text]))
        }
        let all = try await service.describeSubnets(
            .matching([Filter("vpc-id", node.vpc), Filter("availability-zone", node.zone)]))
        let chosen = Self.chosen(all, primary: node.subnet.text, cluster: options.clusterName)
        // An ENI of a subnet without IPv6 has no prefix of it, and so none of a pod's two addresses.
        return options.families.contains(.v6) ? chosen.filter { !$0.ipv6Networks.isEmpty } : chosen
    }

    /// Those that may be used of the zone's subnets.
    static func chosen(_ subnets: [Subnet], primary: String, cluster: String) -> [Subnet] {
        let usable = subnets.filter { subnet in
            let clusters = subnet.tags.keys.filter { $0.hasPrefix(clusterTag) }
            if !clusters.isEmpty, !clusters.contains(clusterTag + cluster) { return false }
            switch subnet.tags[tag] {
            case "0": return false
            case "1", "": return true
            default: return subnet.id == primary
            }
        }
        return usable.sorted {
            ($0.availableAddresses, $1.id) > ($1.availableAddresses, $0.id)
        }
    }
}
