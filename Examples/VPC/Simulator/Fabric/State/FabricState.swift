// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// Everything that the fabric knows of a VPC, as one value: who owns which address, and who may talk to whom.
///
/// The fabric compares a new state with the one it has: an ENI that is new appears in its node, one that is missing
/// vanishes wherever its interface is by then, and changed groups hold for the next packet.
public struct FabricState: Hashable, Sendable {
    /// The account's number, twelve digits, for flow logs.
    public var account: String
    /// The region, such as `eu-central-1`, for flow logs.
    public var region: String
    /// The VPC's id, `vpc-…`.
    public var vpc: String
    /// The VPC's IPv4 and IPv6 networks, the primary IPv4 network first.
    public var networks: [IPPrefix]
    /// The subnets.
    public var subnets: [Subnet]
    /// The ENIs, attached or not.
    public var interfaces: [ENI]
    /// The security groups; an ENI's group that is not here allows nothing.
    public var groups: [SecurityGroup]
    /// The machines, by their network namespaces.
    public var instances: [Instance]
    /// The NAT gateways that subnets' routes name.
    public var natGateways: [NATGateway] = []
    /// The networks behind the VPN, whose packets come in with these sources only.
    public var peerNetworks: [IPPrefix] = []

    /// Creates a state of a VPC; without subnets it is empty.
    public init(
        account: String = "123456789012", region: String = "us-east-1", vpc: String, networks: [IPPrefix],
        subnets: [Subnet] = [], interfaces: [ENI] = [], groups: [SecurityGroup] = [],
        instances: [Instance] = []
    ) {
        self.account = account
        self.region = region
        self.vpc = vpc
        self.networks = networks
        self.subnets = subnets
        self.interfaces = interfaces
        self.groups = groups
        self.instances = instances
    }

    /// A machine.
    public struct Instance: Hashable, Sendable {
        /// Its id, `i-…`.
        public var id: String
        /// The path of its network namespace, such as `/run/netns/NAME` or `/proc/PID/fd/N`.
        public var namespacePath: String

        /// Creates a machine.
        public init(id: String, namespacePath: String) {
            self.id = id
            self.namespacePath = namespacePath
        }
    }

    /// A gateway with a public address that many private ones share.
    public struct NATGateway: Hashable, Sendable {
        /// Its id, `nat-…`.
        public var id: String
        /// The IPv4 address that the internet sees.
        public var publicAddress: IPAddress

        /// Creates a gateway.
        public init(id: String, publicAddress: IPAddress) {
            self.id = id
            self.publicAddress = publicAddress
        }
    }
}
