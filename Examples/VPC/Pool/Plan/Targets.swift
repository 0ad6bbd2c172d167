// SPDX-License-Identifier: Apache-2.0

/// How many addresses are kept ready, by the reference's variables.
package struct Targets: Hashable, Sendable {
    /// IPv4 addresses of a /28.
    package static let prefixSize = 16

    package var warmENIs = 1
    package var warmAddresses: Int?
    package var minimumAddresses: Int?
    package var warmPrefixes = 1
    package var usesPrefixes = false
    package var families: Families = .v4
    /// As many ENIs as the node may have at most; nil for what the type allows.
    package var maxENIs: Int?
    package var reservedENIs = 0
    /// As many pods as kubelet takes; nil if that is not known.
    package var maxPods: Int?

    package init() {}

    /// Whether addresses are counted one by one; else whole ENIs or prefixes are.
    package var countsAddresses: Bool { warmAddresses != nil || minimumAddresses != nil }

    /// How many addresses are missing, those that waiting containers need among them; negative for how many are too many.
    ///
    /// - Parameters:
    ///   - free: What can be handed out, or can be soon, without any further action.
    ///   - total: What there is, or will be.
    ///   - waiting: Containers that wait for an address now.
    ///   - perENI: The addresses that a whole ENI has for pods.
    package func shortage(free: Int, total: Int, waiting: Int, perENI: Int) -> Int {
        let ready = free - waiting
        var shortage: Int
        if countsAddresses {
            shortage = max((warmAddresses ?? 0) - ready, (minimumAddresses ?? 0) - total)
        } else if usesPrefixes {
            shortage = warmPrefixes * Self.prefixSize - ready
        } else {
            shortage = warmENIs * perENI - ready
        }
        // Nobody keeps more ready than kubelet will ever ask for; who waits is served all the same.
        if let maxPods, shortage > 0 { shortage = min(shortage, max(maxPods - total, 0)) }
        return max(shortage, waiting - free)
    }
}
