// SPDX-License-Identifier: Apache-2.0

package import AddressPool

/// What an ADD asks the pool for.
package struct AddRequest: Hashable, Sendable {
    package var key: AttachmentKey
    package var network: String
    package var pod: String
    package var namespace: String
    /// What the container's own ENI has to be like; nil if it shares one.
    package var exclusive: ExclusiveRequest?

    package init(
        key: AttachmentKey, network: String, pod: String = "", namespace: String = "",
        exclusive: ExclusiveRequest? = nil
    ) {
        self.key = key
        self.network = network
        self.pod = pod
        self.namespace = namespace
        self.exclusive = exclusive
    }
}
