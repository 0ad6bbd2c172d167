// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// A queueing discipline of a link, as `tc qdisc`: how packets wait.
public struct Qdisc: Hashable, Sendable {
    /// What it does, with its settings.
    public enum Kind: Hashable, Sendable {
        /// Lets packets pass at a rate.
        case tbf(TokenBucket)
        /// Queues nothing: the place of filters for what comes in.
        case ingress
        /// Queues nothing: the place of filters for what comes in and for what leaves (Linux 4.5).
        case clsact
        /// Another one, with its settings (TCA_OPTIONS) as the kernel has them.
        case other(String, options: [UInt8] = [])

        /// The name for the kernel.
        public var name: String {
            switch self {
            case .tbf: "tbf"
            case .ingress: "ingress"
            case .clsact: "clsact"
            case .other(let name, _): name
            }
        }
    }

    /// What it does.
    public var kind: Kind
    /// Its number; none leaves it to the kernel.
    public var handle: TrafficHandle
    /// Where it is: the root of the link, the place of ingress, or a class of another discipline.
    public var parent: TrafficHandle
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// Creates a discipline where its kind has its place.
    public init(_ kind: Kind, handle: TrafficHandle = .none, parent: TrafficHandle = .root) {
        self.kind = kind
        switch kind {
        case .ingress, .clsact:
            self.handle = .ingressDiscipline
            self.parent = .ingress
        case .tbf, .other:
            self.handle = handle
            self.parent = parent
        }
    }

    /// Whether a discipline that was found is as this one should be.
    ///
    /// A number that was left to the kernel may be any.
    public func isSatisfied(by found: Qdisc) -> Bool {
        guard parent == found.parent, handle == .none || handle == found.handle, other == found.other else {
            return false
        }
        switch (kind, found.kind) {
        case (.tbf(let wanted), .tbf(let found)): return wanted.isSatisfied(by: found)
        case (.other(let name, let options), .other(let other, let found)):
            return name == other && (options.isEmpty || options == found)
        // The other one is a place for what comes in, too, and would be lost with all of its filters.
        case (.ingress, .ingress), (.clsact, .clsact), (.ingress, .clsact): return true
        case (.tbf, _), (.ingress, _), (.clsact, _), (.other, _): return false
        }
    }

    func encode(into request: inout NetlinkRequest, on index: UInt32) {
        var header = tcmsg()
        header.tcm_ifindex = CInt(bitPattern: index)
        header.tcm_handle = handle.rawValue
        header.tcm_parent = parent.rawValue
        request.header(header)
        request.attribute(Int(TCA_KIND), kind.name)
        switch kind {
        case .tbf(let bucket): request.nest(Int(TCA_OPTIONS)) { bucket.encode(into: &$0) }
        case .other(_, let options):
            if !options.isEmpty { request.attribute(Int(TCA_OPTIONS), bytes: options) }
        case .ingress, .clsact: break
        }
        request.append(other)
    }

    static func decode(_ message: Message) throws(MalformedMessage) -> (index: UInt32, qdisc: Qdisc)? {
        guard message.type == Int(RTM_NEWQDISC) else { return nil }
        let header = try message.payload.header(tcmsg.self)
        let all = try Attributes(message.payload.after(tcmsg.self))
        guard let name = all.string(Int(TCA_KIND)) else { throw MalformedMessage("qdisc without a kind") }
        let kind: Kind =
            switch name {
            case "tbf": .tbf(try TokenBucket(all.nest(Int(TCA_OPTIONS))))
            case "ingress": .ingress
            case "clsact": .clsact
            default: .other(name, options: [UInt8](all[Int(TCA_OPTIONS)] ?? []))
            }
        var qdisc = Qdisc(
            kind, handle: TrafficHandle(rawValue: header.tcm_handle),
            parent: TrafficHandle(rawValue: header.tcm_parent))
        qdisc.other = all.others(than: known)
        return (UInt32(bitPattern: header.tcm_ifindex), qdisc)
    }

    /// The above, statistics, and whether a device does the work.
    private static let known = AttributeKinds([
        TCA_KIND, TCA_OPTIONS, TCA_STATS, TCA_STATS2, TCA_XSTATS, TCA_PAD, TCA_HW_OFFLOAD,
    ])
}

extension Batch {
    /// Adds, replaces or deletes a queueing discipline.
    ///
    /// As `tc qdisc add dev LINK root KIND`.
    ///
    /// - Parameter name: The link's name, for errors.
    public mutating func qdisc(_ verb: Verb, _ qdisc: Qdisc, on index: UInt32, named name: String? = nil) {
        append(
            "qdisc \(verb) \(device(index, name)) \(qdisc.parent) \(qdisc.kind.name)",
            type: verb == .delete ? Int(RTM_DELQDISC) : Int(RTM_NEWQDISC), flags: verb.flags
        ) { qdisc.encode(into: &$0, on: index) }
    }
}

extension RoutingSocket {
    /// The queueing disciplines of a link, or of all, but for those that the kernel has made by itself.
    ///
    /// As `tc qdisc show [dev LINK]`.
    public func qdiscs(
        on index: UInt32? = nil
    ) throws(NetlinkError) -> [(index: UInt32, qdisc: Qdisc)] {
        let messages = try socket.dump("qdisc show", type: Int(RTM_GETQDISC)) { request in
            var header = tcmsg()
            header.tcm_ifindex = CInt(bitPattern: index ?? 0)
            request.header(header)
        }
        return try NetlinkSocket.decode("qdisc show", messages, Qdisc.decode)
            .filter { (index == nil || $0.index == index) && $0.qdisc.handle != .none }
    }
}
