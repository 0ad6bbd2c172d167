// SPDX-License-Identifier: Apache-2.0

/// What has come of comparing a node's kernel with its description.
struct Pass: Sendable {
    /// The steps that were done, in the words of ip(8).
    var steps: [String] = []
    /// What could not be done.
    var failure: String?
    /// How many of other nodes' subnets are to be reached.
    var wanted = 0
    /// How many of them are.
    var programmed = 0
    /// Leases that were left out, with the reason.
    var refused: [String] = []
}
