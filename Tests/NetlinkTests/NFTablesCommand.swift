// SPDX-License-Identifier: Apache-2.0

import Namespaces
import TestSupport
import Testing

/// nft(8), to compare ourselves with.
enum NFTCommand {
    static let path = "/usr/sbin/nft"

    /// Runs nft in a namespace; returns what it printed, errors included.
    static func run(_ arguments: [String], in namespace: borrowing NetworkNamespace) throws -> String {
        try Command.run(path, arguments, in: namespace)
    }

    /// The ruleset of a namespace as nft lists it.
    static func list(_ namespace: borrowing NetworkNamespace) throws -> String {
        try run(["list", "ruleset"], in: namespace)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where there is no nft(8).
    static var needsNFT: Self { .needsProgram(NFTCommand.path) }
}
