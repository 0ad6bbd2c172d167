// SPDX-License-Identifier: Apache-2.0

/// How many pods a node can have, which is what kubelet's `--max-pods` should be at most.
package struct MaxPods: Hashable, Sendable {
    /// Pods with an address of their own.
    package let addresses: Int
    /// What an addressless pod more or less does not matter to: those in the host's network (this agent and kube-proxy).
    package static let hostNetworkPods = 2

    /// ENIs for pods × (slots − 1) + 2; with prefixes each slot has 16 addresses.
    ///
    /// - Parameters:
    ///   - isCustom: With custom networking the primary ENI is not for pods.
    ///   - reserved: ENIs that are kept for others.
    ///   - maximum: MAX_ENI.
    package init(
        _ limits: InstanceLimits, prefixes: Bool, isCustom: Bool = false, reserved: Int = 0,
        maximum: Int? = nil
    ) {
        let enis = min(limits.enis - reserved, maximum ?? .max) - (isCustom ? 1 : 0)
        let slots = max(limits.addressesPerENI - 1, 0)
        addresses = max(enis, 0) * slots * (prefixes && limits.takesPrefixes ? Targets.prefixSize : 1)
    }

    package var pods: Int { addresses + Self.hostNetworkPods }

    /// What managed clusters cap it to with prefixes: 110 below 30 virtual CPUs, else 250.
    package func recommended(cpus: Int) -> Int { min(pods, cpus < 30 ? 110 : 250) }
}
