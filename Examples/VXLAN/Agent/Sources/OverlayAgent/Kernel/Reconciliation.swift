// SPDX-License-Identifier: Apache-2.0

internal import NetworkState
internal import VXLANOverlay

/// What one comparison of a node's kernel with its description has come to.
struct Reconciliation: Sendable {
    /// How many steps were done.
    var stepCount = 0
    /// The first of them, in the words of ip(8).
    var firstSteps: [String] = []
    /// What could not be done.
    var failure: String?
    /// How many of other nodes' subnets are to be reached.
    var wanted = 0
    /// How many of them are.
    var programmed = 0
    /// Leases that were left out, with the reason; nil if they have not been looked at.
    var refused: [RefusedLease]?

    /// Notes what was done; of thousands of steps nobody reads all.
    mutating func note(_ steps: [Change]) {
        stepCount = steps.count
        firstSteps = steps.prefix(10).map(\.description)
    }
}
