// SPDX-License-Identifier: Apache-2.0

/// What an interface is attached to.
public struct InterfaceAttachment: Hashable, Sendable {
    /// How far an attachment is; a text that is not known here stays as it is.
    public struct Status: RawRepresentable, Hashable, Sendable {
        /// EC2's own word.
        public let rawValue: String
        /// Creates a status from EC2's word.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// On its way.
        public static let attaching = Status(rawValue: "attaching")
        /// There.
        public static let attached = Status(rawValue: "attached")
        /// On its way off.
        public static let detaching = Status(rawValue: "detaching")
        /// Gone.
        public static let detached = Status(rawValue: "detached")
    }

    /// The attachment's id, `eni-attach-…`, by which it is detached; nil where EC2 does not say.
    public var id: String?
    /// How far it is.
    public var status: Status
    /// The device index on the network card; the primary interface has 0 on card 0.
    public var deviceIndex: Int
    /// The network card.
    public var networkCard: Int
    /// The instance; nil for a service's attachment.
    public var instanceID: String?
    /// Whether the interface goes with the instance. EC2 has false for attachments by this API.
    public var deletesOnTermination: Bool
    /// When it was attached.
    public var time: Timestamp?

    /// Creates an attachment.
    public init(
        id: String?, status: Status = .attached, deviceIndex: Int, networkCard: Int = 0,
        instanceID: String?, deletesOnTermination: Bool = false, time: Timestamp? = nil
    ) {
        self.id = id
        self.status = status
        self.deviceIndex = deviceIndex
        self.networkCard = networkCard
        self.instanceID = instanceID
        self.deletesOnTermination = deletesOnTermination
        self.time = time
    }
}

/// The idle times after which EC2 forgets connections of an interface, in seconds; nil for the usual one.
///
/// See https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html.
public struct ConnectionTracking: Hashable, Sendable {
    /// TCP connections: 60 to 432,000 s, usually 432,000.
    public var tcpEstablishedTimeout: Int?
    /// UDP flows with traffic both ways: 60 to 180 s, usually 180.
    public var udpStreamTimeout: Int?
    /// UDP flows with traffic one way: 30 to 60 s, usually 30.
    public var udpTimeout: Int?

    /// Creates idle times.
    public init(tcpEstablishedTimeout: Int? = nil, udpStreamTimeout: Int? = nil, udpTimeout: Int? = nil) {
        self.tcpEstablishedTimeout = tcpEstablishedTimeout
        self.udpStreamTimeout = udpStreamTimeout
        self.udpTimeout = udpTimeout
    }
}
