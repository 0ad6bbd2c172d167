// SPDX-License-Identifier: Apache-2.0

/// An instance as EC2 describes it, as far as networks are concerned.
public struct Instance: Hashable, Sendable {
    /// How the instance reaches the metadata service.
    public struct MetadataOptions: Hashable, Sendable {
        /// `optional` or `required`: whether requests need a token.
        public var tokens: String
        /// How many hops the answer to a request for a token may take: 1 to 64. A routed pod is one further away.
        public var hopLimit: Int?
        /// Whether there is a metadata service.
        public var isEnabled: Bool

        /// Creates options.
        public init(tokens: String = "required", hopLimit: Int? = 1, isEnabled: Bool = true) {
            self.tokens = tokens
            self.hopLimit = hopLimit
            self.isEnabled = isEnabled
        }
    }

    /// The id: `i-…`.
    public var id: String
    /// The type's name: `m5.large`.
    public var type: String
    /// The state: `pending`, `running`, `shutting-down`, `terminated`, `stopping`, `stopped`.
    public var state: String
    /// The VPC's id; empty once it is terminated.
    public var vpcID: String
    /// The subnet's id of the primary interface; empty once it is terminated.
    public var subnetID: String
    /// The availability zone's name in this account.
    public var availabilityZone: String
    /// The interfaces; their attachments are to this instance. EC2 leaves tags out here.
    public var networkInterfaces: [NetworkInterface]
    /// How it reaches the metadata service; nil if EC2 does not say.
    public var metadataOptions: MetadataOptions?
    /// The tags.
    public var tags: [String: String]

    /// Creates a description, for tests and for models.
    public init(
        id: String, type: String, state: String = "running", vpcID: String = "", subnetID: String = "",
        availabilityZone: String = "", networkInterfaces: [NetworkInterface] = [],
        metadataOptions: MetadataOptions? = nil, tags: [String: String] = [:]
    ) {
        self.id = id
        self.type = type
        self.state = state
        self.vpcID = vpcID
        self.subnetID = subnetID
        self.availabilityZone = availabilityZone
        self.networkInterfaces = networkInterfaces
        self.metadataOptions = metadataOptions
        self.tags = tags
    }
}
