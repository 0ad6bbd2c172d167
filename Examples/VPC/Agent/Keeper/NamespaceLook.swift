// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// A look at what the namespaces of the node's containers hold.
package protocol NamespaceLook: Sendable {
    /// All addresses in namespaces other than the host's, each with the name of one that has it.
    ///
    /// - Throws: Any error if it is not known; nothing is handed out then that may be held.
    func holders() async throws -> [IPAddress: String]
}
