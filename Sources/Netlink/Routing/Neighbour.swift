// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

/// A neighbour: the link-layer address of an IP address on a link, as `ip neighbour`.
public struct Neighbour: Hashable, Sendable {
    /// The IP address.
    public var address: IPAddress
    /// Its link-layer address; nil while the kernel does not know it.
    public var mac: MACAddress?
    /// How sure the kernel is of it.
    public var state: NeighbourState
    /// What it is besides.
    public var flags: NeighbourFlags = []
    /// Who made the entry (Linux 5.0).
    public var `protocol` = RoutingProtocol.unspecified
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// Creates a permanent entry.
    public init(_ address: IPAddress, mac: MACAddress?, state: NeighbourState = .permanent) {
        self.address = address
        self.mac = mac
        self.state = state
    }

    static func decode(_ message: Message) throws(MalformedMessage) -> (index: UInt32, entry: Neighbour)? {
        guard message.type == Int(RTM_NEWNEIGH) else { return nil }
        let header = try message.payload.header(ndmsg.self)
        let all = try Attributes(message.payload.after(ndmsg.self))
        guard IPAddress.Family(number: header.ndm_family) != nil,
            let address = try all.address(Int(NDA_DST))
        else { return nil }
        let mac = all.mac(Int(NDA_LLADDR))
        var entry = Neighbour(address, mac: mac, state: NeighbourState(rawValue: header.ndm_state))
        entry.flags = NeighbourFlags(rawValue: header.ndm_flags)
        entry.protocol = RoutingProtocol(rawValue: try all.number(Int(NDA_PROTOCOL)) ?? 0)
        // A link-layer address of another length, as of InfiniBand or a tunnel, is kept as it is.
        entry.other = all.others(
            than: [Int(NDA_DST), Int(NDA_PROTOCOL), Int(NDA_CACHEINFO), Int(NDA_PROBES)]
                + (mac == nil ? [] : [Int(NDA_LLADDR)]))
        return (UInt32(bitPattern: header.ndm_ifindex), entry)
    }
}

/// An entry of a link's forwarding database, as `bridge fdb`.
public struct ForwardingEntry: Hashable, Sendable {
    /// The link-layer address of the destination.
    public var mac: MACAddress
    /// The tunnel end to send to, on a VXLAN device.
    public var destination: IPAddress?
    /// How sure the kernel is of it: permanent, or `noARP`, which bridge(8) calls static.
    public var state: NeighbourState
    /// Whether the entry is the device's own (NTF_SELF), not its bridge's (NTF_MASTER).
    public var isSelf: Bool
    /// What it is besides.
    public var flags: NeighbourFlags = []
    /// The VLAN it is for, on a bridge that tells VLANs apart.
    public var vlan: UInt16?
    /// What the kernel has besides, such as a tunnel's port.
    public var other = RawAttributes()

    /// Creates a permanent entry of a device's own database.
    public init(_ mac: MACAddress, destination: IPAddress? = nil) {
        self.mac = mac
        self.destination = destination
        state = .permanent
        isSelf = true
    }

    static func decode(
        _ message: Message
    ) throws(MalformedMessage) -> (index: UInt32, entry: ForwardingEntry)? {
        guard message.type == Int(RTM_NEWNEIGH) else { return nil }
        let header = try message.payload.header(ndmsg.self)
        let all = try Attributes(message.payload.after(ndmsg.self))
        guard CInt(header.ndm_family) == PF_BRIDGE,
            let mac = all.mac(Int(NDA_LLADDR))
        else { return nil }
        var entry = ForwardingEntry(
            mac, destination: try all.address(Int(NDA_DST)))
        entry.state = NeighbourState(rawValue: header.ndm_state)
        let flags = NeighbourFlags(rawValue: header.ndm_flags)
        entry.isSelf = flags.contains(.own)
        entry.flags = flags.subtracting([.own, .master])
        entry.vlan = try all.number(Int(NDA_VLAN))
        // The bridge's number is no part of the entry, nor are statistics.
        entry.other = all.others(
            than: [Int(NDA_DST), Int(NDA_LLADDR), Int(NDA_VLAN), Int(NDA_MASTER), Int(NDA_CACHEINFO)])
        return (UInt32(bitPattern: header.ndm_ifindex), entry)
    }
}

extension Batch {
    /// Adds, replaces or deletes a neighbour on a link.
    ///
    /// As `ip neighbour add ADDRESS lladdr MAC dev LINK`.
    public mutating func neighbour(
        _ verb: Verb, _ entry: Neighbour, on index: UInt32, named name: String? = nil
    ) {
        append(
            "neighbour \(verb) \(entry.address) \(device(index, name))",
            type: verb == .delete ? Int(RTM_DELNEIGH) : Int(RTM_NEWNEIGH), flags: verb.flags
        ) { request in
            var header = ndmsg()
            header.ndm_family = entry.address.family.number
            header.ndm_ifindex = CInt(bitPattern: index)
            header.ndm_state = entry.state.rawValue
            header.ndm_flags = entry.flags.rawValue
            request.header(header)
            request.attribute(Int(NDA_DST), bytes: entry.address.bytes)
            // The kernel takes nothing else to delete one by (neigh_delete()).
            if verb == .delete { return }
            if let mac = entry.mac { request.attribute(Int(NDA_LLADDR), bytes: mac.bytes) }
            if entry.protocol != .unspecified {
                request.attribute(Int(NDA_PROTOCOL), entry.protocol.rawValue)
            }
            request.append(entry.other)
        }
    }

    /// Adds, replaces or deletes a forwarding entry.
    ///
    /// As `bridge fdb add MAC dev LINK dst ADDRESS`.
    public mutating func forwarding(
        _ verb: Verb, _ entry: ForwardingEntry, on index: UInt32, named name: String? = nil
    ) {
        append(
            "fdb \(verb) \(entry.mac) \(device(index, name))",
            type: verb == .delete ? Int(RTM_DELNEIGH) : Int(RTM_NEWNEIGH), flags: verb.flags
        ) { request in
            var header = ndmsg()
            header.ndm_family = UInt8(PF_BRIDGE)
            header.ndm_ifindex = CInt(bitPattern: index)
            header.ndm_state = entry.state.rawValue
            header.ndm_flags = entry.flags.union(entry.isSelf ? .own : .master).rawValue
            request.header(header)
            request.attribute(Int(NDA_LLADDR), bytes: entry.mac.bytes)
            if let destination = entry.destination {
                request.attribute(Int(NDA_DST), bytes: destination.bytes)
            }
            if let vlan = entry.vlan { request.attribute(Int(NDA_VLAN), vlan) }
            request.append(entry.other)
        }
    }
}

extension RoutingSocket {
    /// The neighbours on a link, or on all.
    ///
    /// As `ip neighbour show [dev LINK]`.
    public func neighbours(
        on index: UInt32? = nil
    ) throws(NetlinkError) -> [(index: UInt32, entry: Neighbour)] {
        try NetlinkSocket.decode("neighbour show", neighbourTable(0, index), Neighbour.decode)
            .filter { index == nil || $0.index == index }
    }

    /// The forwarding database of a link, or of all.
    ///
    /// As `bridge fdb show [dev LINK]`.
    public func forwarding(
        on index: UInt32? = nil
    ) throws(NetlinkError) -> [(index: UInt32, entry: ForwardingEntry)] {
        try NetlinkSocket.decode("fdb show", neighbourTable(UInt8(PF_BRIDGE), index), ForwardingEntry.decode)
            .filter { index == nil || $0.index == index }
    }

    private func neighbourTable(_ family: UInt8, _ index: UInt32?) throws(NetlinkError) -> [Message] {
        try socket.dump("neighbour show", type: Int(RTM_GETNEIGH)) { request in
            var header = ndmsg()
            header.ndm_family = family
            if family != 0 { header.ndm_ifindex = CInt(bitPattern: index ?? 0) }
            request.header(header)
            if family == 0, let index { request.attribute(Int(NDA_IFINDEX), index) }
        }
    }
}
