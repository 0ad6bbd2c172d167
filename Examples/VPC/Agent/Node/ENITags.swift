// SPDX-License-Identifier: Apache-2.0

package import AddressPool
package import Addressing

/// The tags by which ENIs are told apart; the names are the reference's where the meaning is the same.
package enum ENITags {
    package static let instance = "node.k8s.amazonaws.com/instance_id"
    package static let createdAt = "node.k8s.amazonaws.com/createdAt"
    package static let cluster = "cluster.k8s.amazonaws.com/name"
    package static let owner = "eks:eni:owner"
    /// `true`: leave this ENI alone.
    package static let unmanaged = "node.k8s.amazonaws.com/no_manage"
    /// Addresses of an ENI that are an operator's own, with commas between.
    package static let reserved = "swift-cni/reserved-addresses"
    /// The attachment that an ENI is made for: `CONTAINER/INTERFACE`.
    package static let exclusive = "swift-cni/exclusive"

    /// Who made it: the reference's own word, so that either finds what the other has left.
    package static let ownerName = "amazon-vpc-cni"

    /// The tags of an ENI that is made; they go into the call that makes it, so that a crash leaks nothing unnamed.
    ///
    /// - Parameter time: When: seconds since 1970.
    package static func ofNew(
        _ purpose: Action.Creation.Purpose, _ node: NodeIdentity, _ options: AgentOptions, time: Int64
    ) -> [String: String] {
        var tags = options.additionalTags
        tags[instance] = node.instance
        tags[createdAt] = timestamp(time)
        tags[owner] = ownerName
        if !options.clusterName.isEmpty { tags[cluster] = options.clusterName }
        if case .exclusive(let request) = purpose { tags[exclusive] = request.key.description }
        return tags
    }

    /// Whether an ENI was made for pods, by this agent or by the reference.
    package static func isManaged(_ tags: [String: String]) -> Bool { tags[instance] != nil }

    package static func isUnmanaged(_ tags: [String: String]) -> Bool { tags[unmanaged] == "true" }

    /// The addresses that an operator has marked as his own.
    package static func reservedAddresses(_ tags: [String: String]) -> Set<IPAddress> {
        Set(
            (tags[reserved] ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).compactMap {
                IPAddress(String($0))
            })
    }

    /// The attachment that an ENI was made for; nil if it is for the pool.
    package static func attachment(_ tags: [String: String]) -> AttachmentKey? {
        guard let text = tags[exclusive], let slash = text.lastIndex(of: "/") else { return nil }
        return AttachmentKey(
            container: String(text[..<slash]), interface: String(text[text.index(after: slash)...]))
    }

    /// `2026-01-31T12:00:00Z`.
    package static func timestamp(_ seconds: Int64) -> String { EC2Time.text(seconds) }

    /// The seconds since 1970 of such a text; nil for something else.
    package static func seconds(_ text: String) -> Int64? { EC2Time.seconds(text) }
}
