// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Netlink
public import NetworkState

/// What the kernel of a node has to have so that its pods' packets leave by the ENI that owns their source.
///
/// The agent's part; what a pod has is ``PodAttachment``'s. Rules and routes are the reference implementation's, so that
/// tools that know these find them, and running pods go on when a node changes over:
///
///     0      from all lookup local                          (20 if branch pods are strict)
///     512    from all to POD lookup main                    the plugin's
///     1024   from all fwmark 0x80/0x80 lookup main
///     1535   from all to SERVICE_CIDR lookup main
///     1536   from POD lookup TABLE_OF_ENI                   the plugin's
///     32765  from PRIMARY_ADDRESS_OF_ENI lookup TABLE_OF_ENI
public struct NodeNetwork: Hashable, Sendable {
    /// The protocol number of the rules and routes: those that are not described any more go.
    public static let routingProtocol = RoutingProtocol(rawValue: 69)
    /// Whose the description is.
    static let mark = "vpc-agent"

    /// The ENIs that pods share; the primary one has to be among them.
    public var enis: [NodeENI]
    /// The VPC's CIDRs.
    public var vpcCIDRs: [IPPrefix]
    /// Other networks that see pods' own addresses (AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS).
    public var excludedCIDRs: [IPPrefix] = []
    /// Networks outside of the VPC that are reached by the primary ENI, with its address (AWS_EXTERNAL_SERVICE_CIDRS).
    public var serviceCIDRs: [IPPrefix] = []
    /// What becomes of the source of packets that leave the VPC.
    public var translation = SourceTranslation.node(.prng)
    /// Whether what comes to a port of the node, and goes on to a pod on another ENI, is answered by the primary ENI
    /// (AWS_VPC_CNI_NODE_PORT_SUPPORT).
    public var supportsNodePorts = true
    /// The bit of packet and connection marks for what the primary ENI has to answer (AWS_VPC_K8S_CNI_CONNMARK).
    public var connectionMark: UInt32 = 0x80
    /// Whether pods reach the instance metadata service by the node.
    public var allowsMetadata = true
    /// The MTU of the ENIs, in bytes (AWS_VPC_ENI_MTU); nil leaves it to others.
    public var mtu: UInt32? = 9001
    /// The prefix of the links of pods whose traffic the node may handle.
    public var linkPrefix = HostLinkName.usualPrefix
    /// Whether all traffic of branch pods goes by their branch, that with the node too
    /// (POD_SECURITY_GROUP_ENFORCING_MODE=strict).
    public var hasStrictBranches = false

    /// Creates a node's network.
    public init(enis: [NodeENI], vpcCIDRs: [IPPrefix]) {
        self.enis = enis
        self.vpcCIDRs = vpcCIDRs
    }

    /// The node's primary ENI.
    var primary: NodeENI? { enis.first { $0.isPrimary } }

    /// The families that ENIs have addresses of.
    var families: [IPAddress.Family] {
        IPAddress.Family.allCases.filter { family in enis.contains { $0[family] != nil } }
    }

    /// What the kernel has to have, in the namespace of the host.
    ///
    /// - Parameters:
    ///   - links: The links that may take router advertisements, of a host that does not forward IPv6 yet.
    ///   - found: What the kernel has of it; without, a second look may be needed for some of it.
    public func desiredState(
        among links: [Forwarding.Link] = [], given found: ObservedState = ObservedState()
    ) -> NetworkState {
        var state = NetworkState(owner: Self.mark)
        for eni in enis { add(eni, to: &state) }
        addRules(to: &state, given: found)
        addSettings(among: links, to: &state)
        addFirewall(to: &state)
        return state
    }

    /// What the kernel of a node has to have whose agent is removed: nothing of its.
    ///
    /// Addresses, settings and MTUs of ENIs stay: others may rely on them. What strict branches have to do with the node
    /// does not go by the branch any more, since the rule for the host's own addresses is first again: their pods come
    /// off the node before.
    ///
    /// - Parameter found: What the kernel has of it; without, a second look is needed for what depends on a step of the
    ///   first.
    public static func absence(given found: ObservedState = ObservedState()) -> NetworkState {
        var state = NetworkState(owner: mark)
        for family in IPAddress.Family.allCases {
            state.sweep(.rules(family, protocol: routingProtocol), in: .host)
            restoreLocalRule(family, in: &state, given: found)
        }
        state.exclude(.firewall(.table(.init(table, comment: tableComment))), in: .host)
        return state
    }
}
