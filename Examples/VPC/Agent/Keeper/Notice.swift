// SPDX-License-Identifier: Apache-2.0

/// Something that an operator is to know of, as an event of the node.
package struct Notice: Hashable, Sendable {
    /// One word in capitals for machines: `AddressHeld`.
    package var reason: String
    /// A sentence for people.
    package var message: String
}
