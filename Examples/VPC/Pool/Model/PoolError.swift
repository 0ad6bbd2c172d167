// SPDX-License-Identifier: Apache-2.0

/// Why an address could not be handed out now.
package enum PoolError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which addresses are held has not been looked at since the agent started.
    case notProven
    /// No address is free.
    case empty
    /// The container's interface has been given something of another kind.
    case conflict(AttachmentKey, Assignment.Kind)

    package var description: String {
        switch self {
        case .notProven: "which addresses the node's namespaces hold is not known yet"
        case .empty: "no free address"
        case .conflict(let key, let kind): "\(key) already has an address of another kind (\(kind.rawValue))"
        }
    }
}
