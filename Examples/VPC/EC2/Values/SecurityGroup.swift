// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// A security group as EC2 describes it.
public struct SecurityGroup: Hashable, Sendable {
    /// What a group allows, in one direction.
    public struct Permission: Hashable, Sendable {
        /// The protocol: `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
        public var ipProtocol: String
        /// The first port, or the ICMP type (-1 for all); nil where the protocol has none.
        public var fromPort: Int?
        /// The last port, or the ICMP code (-1 for all); nil where the protocol has none.
        public var toPort: Int?
        /// The networks of the other side.
        public var networks: [IPPrefix]
        /// The ids of groups of the other side.
        public var groupIDs: [String]
        /// The ids of prefix lists of the other side.
        public var prefixListIDs: [String]

        /// Creates a permission.
        public init(
            ipProtocol: String, fromPort: Int? = nil, toPort: Int? = nil, networks: [IPPrefix] = [],
            groupIDs: [String] = [], prefixListIDs: [String] = []
        ) {
            self.ipProtocol = ipProtocol
            self.fromPort = fromPort
            self.toPort = toPort
            self.networks = networks
            self.groupIDs = groupIDs
            self.prefixListIDs = prefixListIDs
        }
    }

    /// The id: `sg-…`.
    public var id: String
    /// The name.
    public var name: String
    /// The description.
    public var text: String
    /// The VPC's id.
    public var vpcID: String
    /// What comes in.
    public var ingress: [Permission]
    /// What goes out.
    public var egress: [Permission]
    /// The tags.
    public var tags: [String: String]

    /// Creates a description, for tests and for models.
    public init(
        id: String, name: String = "", text: String = "", vpcID: String, ingress: [Permission] = [],
        egress: [Permission] = [], tags: [String: String] = [:]
    ) {
        self.id = id
        self.name = name
        self.text = text
        self.vpcID = vpcID
        self.ingress = ingress
        self.egress = egress
        self.tags = tags
    }
}
