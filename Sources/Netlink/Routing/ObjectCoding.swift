// SPDX-License-Identifier: Apache-2.0

/// What rtnetlink has for objects, as bytes that can be kept and understood again: nothing of them is lost.
///
/// The link that an object is on is not among them: its number may be another one's by then.
package enum ObjectCoding {
    /// A rule's bytes.
    package static func bytes(of rule: Rule) -> [UInt8] { message { $0.rule(.add, rule) } }

    /// A route's bytes.
    package static func bytes(of route: Route) -> [UInt8] {
        var route = route
        // An object of its own for the nexthop would be a message of its own.
        route.nexthopID = nil
        return message { $0.route(.add, route, through: nil) }
    }

    /// A neighbour's bytes.
    package static func bytes(of entry: Neighbour) -> [UInt8] { message { $0.neighbour(.add, entry, on: 0) } }

    /// A forwarding entry's bytes.
    package static func bytes(of entry: ForwardingEntry) -> [UInt8] {
        message { $0.forwarding(.add, entry, on: 0) }
    }

    /// An address's bytes.
    package static func bytes(of address: InterfaceAddress) -> [UInt8] {
        message { $0.address(.add, address, on: 0) }
    }

    /// A queueing discipline's bytes.
    package static func bytes(of qdisc: Qdisc) -> [UInt8] { message { $0.qdisc(.add, qdisc, on: 0) } }

    /// The rule that bytes stand for; nil if they make no sense.
    package static func rule(_ bytes: [UInt8]) -> Rule? { decoded(bytes) { try Rule.decode($0) } }

    /// The route that bytes stand for; nil if they make no sense.
    package static func route(_ bytes: [UInt8]) -> Route? { decoded(bytes) { try Route.decode($0)?.route } }

    /// The neighbour that bytes stand for; nil if they make no sense.
    package static func neighbour(_ bytes: [UInt8]) -> Neighbour? {
        decoded(bytes) { try Neighbour.decode($0)?.entry }
    }

    /// The forwarding entry that bytes stand for; nil if they make no sense.
    package static func forwarding(_ bytes: [UInt8]) -> ForwardingEntry? {
        decoded(bytes) { try ForwardingEntry.decode($0)?.entry }
    }

    /// The address that bytes stand for; nil if they make no sense.
    package static func address(_ bytes: [UInt8]) -> InterfaceAddress? {
        decoded(bytes) { try InterfaceAddress.decode($0)?.address }
    }

    /// The queueing discipline that bytes stand for; nil if they make no sense.
    package static func qdisc(_ bytes: [UInt8]) -> Qdisc? { decoded(bytes) { try Qdisc.decode($0)?.qdisc } }

    private static func message(_ build: (inout Batch) -> Void) -> [UInt8] {
        var batch = Batch()
        build(&batch)
        return batch.entries.first?.bytes ?? []
    }

    private static func decoded<Value>(_ bytes: [UInt8], _ decode: (Message) throws -> Value?) -> Value? {
        guard let message = (try? Message.all(in: bytes[...]))?.first else { return nil }
        return (try? decode(message)) ?? nil
    }
}
