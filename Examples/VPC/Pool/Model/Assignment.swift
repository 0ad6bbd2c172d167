// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// What an attachment has been given.
package struct Assignment: Hashable, Sendable {
    /// How an attachment uses its ENI.
    package enum Kind: String, Hashable, Sendable {
        /// Addresses of an ENI that it shares with others.
        case shared
        /// The ENI itself, which is moved into the container.
        case exclusive
    }

    package var key: AttachmentKey
    package var kind: Kind
    package var eni: ENIID
    package var v4: IPAddress?
    package var v6: IPAddress?
    /// `NAMESPACE/NAME` of the pod, for people; nothing is decided by it.
    package var pod: String
    /// The CNI network, whose GC it is subject to.
    package var network: String
    /// The path of the container's network namespace, where it is looked for first.
    package var namespace: String
    /// When it was given.
    package var since: Moment

    package init(
        key: AttachmentKey, kind: Kind = .shared, eni: ENIID, v4: IPAddress? = nil, v6: IPAddress? = nil,
        pod: String = "", network: String = "", namespace: String = "", since: Moment
    ) {
        self.key = key
        self.kind = kind
        self.eni = eni
        self.v4 = v4
        self.v6 = v6
        self.pod = pod
        self.network = network
        self.namespace = namespace
        self.since = since
    }

    package var addresses: [IPAddress] { [v4, v6].compactMap { $0 } }
}

/// Which families an attachment needs an address of.
package struct Families: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let v4 = Families(rawValue: 1)
    package static let v6 = Families(rawValue: 2)
}
