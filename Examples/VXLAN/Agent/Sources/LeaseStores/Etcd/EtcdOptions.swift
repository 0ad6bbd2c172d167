// SPDX-License-Identifier: Apache-2.0

public import NodeAgentHTTP

/// Where etcd is, and what of it is the overlay's.
public struct EtcdOptions: Hashable, Sendable {
    /// The members' URLs; the next one is asked when one does not answer.
    public var endpoints: [String]
    /// The prefix of the keys.
    public var prefix = "/coreos.com/network"
    /// Whom to trust, and our certificate.
    public var tls = TLSSettings()
    /// The name of a user, where etcd asks for one.
    public var user: String?
    /// The user's password.
    public var password: String?
    /// How long a lease lives that is not kept alive, in seconds: past it, the others forget the node.
    ///
    /// It is kept alive every third of it, and at least every minute. flannel's live for a day.
    public var timeToLive = 3600

    /// Creates options with flannel's prefix.
    public init(endpoints: [String]) { self.endpoints = endpoints }
}
