// SPDX-License-Identifier: Apache-2.0

/// What an address of an ENI is doing.
package enum AddressState: Hashable, Sendable {
    /// It can be handed out.
    case free
    case assigned(AttachmentKey)
    /// Handed back; peers may still have connections to it (conntrack) until then.
    case cooling(until: Moment)
    /// A namespace has it, though nobody has been given it; the text says which.
    case held(by: String)
    /// An operator's own.
    case foreign
}
