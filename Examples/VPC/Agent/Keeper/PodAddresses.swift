// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import Addressing

/// What a pod has been given, or has no more.
package struct PodAddresses: Hashable, Sendable {
    package var namespace: String
    package var name: String
    /// With commas between, IPv4 first.
    package var addresses: String
    /// Whether they were given back.
    package var isGone: Bool
}

extension PoolKeeper {
    /// Tells of a pod's first interface; of what is no pod's, nothing.
    func tellPod(_ assignment: Assignment, isGone: Bool) {
        guard operations.options.annotatesPodIP, assignment.key.interface == "eth0" else { return }
        let parts = assignment.pod.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, !assignment.addresses.isEmpty else { return }
        podChange.yield(
            PodAddresses(
                namespace: parts[0], name: parts[1],
                addresses: assignment.addresses.map(\.description).joined(separator: ","), isGone: isGone))
    }
}
