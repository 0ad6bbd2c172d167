// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// A filter of traffic control, as `tc filter`: which packets something is done with.
public struct TrafficFilter: Hashable, Sendable {
    /// How packets are told apart.
    public enum Classifier: Hashable, Sendable {
        /// All of them (Linux 4.8).
        case matchall(Matchall)
        /// By their bits.
        case u32(U32)
        /// Another one, with its settings (TCA_OPTIONS) as the kernel has them.
        case other(String, options: [UInt8])

        /// The name for the kernel.
        public var name: String {
            switch self {
            case .matchall: "matchall"
            case .u32: "u32"
            case .other(let name, _): name
            }
        }
    }

    /// How packets are told apart, and what is done with them.
    public var classifier: Classifier
    /// Where it is: a discipline, or one of the places of `clsact`.
    public var parent: TrafficHandle
    /// The lower, the earlier, from 1 up; 0 leaves it to the kernel.
    public var priority: UInt16
    /// The EtherType of the packets it is for; 3 for all (ETH_P_ALL).
    public var etherType: UInt16
    /// Its number among those of its priority; 0 leaves it to the kernel.
    public var handle: UInt32
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// The EtherType that stands for all.
    public static let allEtherTypes: UInt16 = 3

    /// Creates a filter for all packets.
    public init(
        _ classifier: Classifier, parent: TrafficHandle, priority: UInt16 = 1,
        etherType: UInt16 = Self.allEtherTypes, handle: UInt32 = 0
    ) {
        self.classifier = classifier
        self.parent = parent
        self.priority = priority
        self.etherType = etherType
        self.handle = handle
    }

    /// Whether a filter that was found is as this one should be; what was left to the kernel may be anything.
    public func isSatisfied(by found: TrafficFilter) -> Bool {
        guard parent == found.parent, etherType == found.etherType, other == found.other,
            priority == 0 || priority == found.priority, handle == 0 || handle == found.handle
        else { return false }
        switch (classifier, found.classifier) {
        case (.matchall(let wanted), .matchall(let found)): return wanted == found
        case (.u32(let wanted), .u32(let found)): return wanted.isSatisfied(by: found)
        case (.other(let name, let options), .other(let other, let found)):
            return name == other && options == found
        case (.matchall, _), (.u32, _), (.other, _): return false
        }
    }

    private func header(on index: UInt32) -> tcmsg {
        var header = tcmsg()
        header.tcm_ifindex = CInt(bitPattern: index)
        header.tcm_handle = handle
        header.tcm_parent = parent.rawValue
        header.tcm_info = UInt32(priority) << 16 | UInt32(etherType.bigEndian)
        return header
    }

    func encode(into request: inout NetlinkRequest, on index: UInt32, isDeletion: Bool) {
        request.header(header(on: index))
        request.attribute(Int(TCA_KIND), classifier.name)
        request.append(isDeletion ? RawAttributes() : other)
        if isDeletion { return }
        switch classifier {
        case .matchall(let matchall): request.nest(Int(TCA_OPTIONS)) { matchall.encode(into: &$0) }
        case .u32(let u32): request.nest(Int(TCA_OPTIONS)) { u32.encode(into: &$0) }
        case .other(_, let options): request.attribute(Int(TCA_OPTIONS), bytes: options)
        }
    }

    static func decode(
        _ message: Message
    ) throws(MalformedMessage) -> (index: UInt32, filter: TrafficFilter)? {
        guard message.type == Int(RTM_NEWTFILTER) else { return nil }
        let header = try message.payload.header(tcmsg.self)
        let all = try Attributes(message.payload.after(tcmsg.self))
        // The kernel also tells of each priority, which has no settings.
        guard let name = all.string(Int(TCA_KIND)), let bytes = all[Int(TCA_OPTIONS)] else { return nil }
        let options = try Attributes(bytes)
        let classifier: Classifier
        if name == "matchall", let matchall = try Matchall(options) {
            classifier = .matchall(matchall)
        } else if name == "u32", let u32 = try U32(options) {
            classifier = .u32(u32)
        } else {
            classifier = .other(name, options: [UInt8](bytes))
        }
        var filter = TrafficFilter(
            classifier, parent: TrafficHandle(rawValue: header.tcm_parent),
            priority: UInt16(header.tcm_info >> 16),
            etherType: UInt16(bigEndian: UInt16(truncatingIfNeeded: header.tcm_info)),
            handle: header.tcm_handle)
        // Chain 0 is the usual one, which the kernel names too.
        let isPlain = try all.number(Int(TCA_CHAIN), UInt32.self) ?? 0 == 0
        filter.other = all.others(
            than: [Int(TCA_KIND), Int(TCA_OPTIONS), Int(TCA_PAD)] + (isPlain ? [Int(TCA_CHAIN)] : []))
        return (UInt32(bitPattern: header.tcm_ifindex), filter)
    }
}

extension Batch {
    /// Adds, replaces or deletes a filter.
    ///
    /// As `tc filter add dev LINK parent ffff: …`. One is replaced or deleted by its parent, priority, EtherType and
    /// handle; without a handle all of the priority are deleted.
    ///
    /// - Parameter name: The link's name, for errors.
    public mutating func filter(
        _ verb: Verb, _ filter: TrafficFilter, on index: UInt32, named name: String? = nil
    ) {
        append(
            "filter \(verb) \(device(index, name)) parent \(filter.parent) \(filter.classifier.name)",
            type: verb == .delete ? Int(RTM_DELTFILTER) : Int(RTM_NEWTFILTER), flags: verb.flags
        ) { filter.encode(into: &$0, on: index, isDeletion: verb == .delete) }
    }
}

extension RoutingSocket {
    /// The filters in one place of a link.
    ///
    /// As `tc filter show dev LINK parent PARENT`.
    public func filters(
        on index: UInt32, parent: TrafficHandle
    ) throws(NetlinkError) -> [TrafficFilter] {
        let messages = try socket.dump("filter show", type: Int(RTM_GETTFILTER)) { request in
            var header = tcmsg()
            header.tcm_ifindex = CInt(bitPattern: index)
            header.tcm_parent = parent.rawValue
            request.header(header)
        }
        return try NetlinkSocket.decode("filter show", messages, TrafficFilter.decode)
            .filter { $0.index == index }.map(\.filter)
    }
}
