// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
internal import Glibc

/// A VLAN that a bridge's port is in, as `bridge vlan`.
public struct BridgeVLAN: Hashable, Sendable {
    /// The VLAN's number, 1 to 4094.
    public var id: UInt16
    /// Whether frames without a tag are taken to be of this VLAN (PVID).
    public var isNative: Bool
    /// Whether frames leave without the tag.
    public var isUntagged: Bool
    /// What the kernel reports besides, such as its state, and limits of multicast groups.
    public var other = RawAttributes()

    /// Creates a VLAN membership; an access port's is native and untagged.
    public init(_ id: UInt16, isNative: Bool = false, isUntagged: Bool = false) {
        self.id = id
        self.isNative = isNative
        self.isUntagged = isUntagged
    }

    private var flags: UInt16 {
        UInt16((isNative ? BRIDGE_VLAN_INFO_PVID : 0) | (isUntagged ? BRIDGE_VLAN_INFO_UNTAGGED : 0))
    }

    /// Of the rest: the port as a multicast router's, the most groups, and neighbour suppression, which a VLAN can be
    /// made with.
    ///
    /// The state is the spanning tree's, statistics and counts are the kernel's. Numbers 8 and 9 came with Linux 6.3 and 6.4.
    private static let settable = AttributeKinds([Int(BRIDGE_VLANDB_ENTRY_MCAST_ROUTER), 8, 9])

    func encode(into request: inout NetlinkRequest, verb: Verb) {
        request.nest(Int(BRIDGE_VLANDB_ENTRY)) { request in
            let information = bridge_vlan_info(flags: flags, vid: id)
            request.attribute(
                Int(BRIDGE_VLANDB_ENTRY_INFO), bytes: withUnsafeBytes(of: information) { Array($0) })
            if verb == .delete || other.isEmpty { return }
            for option in other.elements where Self.settable.contains(option.kind) {
                // Zeros are what it has anyway.
                if option.content.contains(where: { $0 != 0 }) {
                    request.attribute(option.kind, bytes: option.content)
                }
            }
        }
    }

    /// Decodes an RTM_NEWVLAN message into the memberships it lists.
    static func decode(_ message: Message) throws(MalformedMessage) -> [BridgeVLAN]? {
        guard message.type == Int(RTM_NEWVLAN) else { return nil }
        var vlans: [BridgeVLAN] = []
        for entry in try Attributes(message.payload.after(br_vlan_msg.self)).contents(
            of: Int(BRIDGE_VLANDB_ENTRY))
        {
            let entry = try Attributes(entry)
            guard let bytes = entry[Int(BRIDGE_VLANDB_ENTRY_INFO)] else { continue }
            let information = try bytes.header(bridge_vlan_info.self)
            // An entry with a range stands for all from its own number to the range's.
            let last = try min(entry.number(Int(BRIDGE_VLANDB_ENTRY_RANGE)) ?? information.vid, 4095)
            guard information.vid <= last else {
                throw MalformedMessage("VLAN range from \(information.vid)")
            }
            let other = entry.others(than: [
                Int(BRIDGE_VLANDB_ENTRY_INFO), Int(BRIDGE_VLANDB_ENTRY_RANGE),
            ])
            for id in information.vid...last {
                var vlan = BridgeVLAN(
                    id, isNative: CInt(information.flags) & BRIDGE_VLAN_INFO_PVID != 0,
                    isUntagged: CInt(information.flags) & BRIDGE_VLAN_INFO_UNTAGGED != 0)
                vlan.other = other
                vlans.append(vlan)
            }
        }
        return vlans
    }
}

extension Batch {
    /// Puts a port into a VLAN or takes it out.
    ///
    /// As `bridge vlan add dev PORT vid ID` (Linux 5.6).
    public mutating func vlan(_ verb: Verb, _ vlan: BridgeVLAN, on index: UInt32, named name: String? = nil) {
        append(
            "bridge vlan \(verb) \(device(index, name)) vid \(vlan.id)",
            type: verb == .delete ? Int(RTM_DELVLAN) : Int(RTM_NEWVLAN)
        ) { request in
            var header = br_vlan_msg()
            header.family = UInt8(PF_BRIDGE)
            header.ifindex = index
            request.header(header)
            vlan.encode(into: &request, verb: verb)
        }
    }
}

extension RoutingSocket {
    /// The VLANs of a bridge or of its port; none on a kernel whose bridges do not have any.
    ///
    /// As `bridge vlan show dev PORT` (Linux 5.6).
    public func vlans(on index: UInt32) throws(NetlinkError) -> [BridgeVLAN] {
        let messages: [Message]
        do throws(NetlinkError) {
            messages = try socket.dump("bridge vlan show", type: Int(RTM_GETVLAN)) { request in
                var header = br_vlan_msg()
                header.family = UInt8(PF_BRIDGE)
                header.ifindex = index
                request.header(header)
            }
        } catch  where error.meansAbsence || error.errno == EOPNOTSUPP {
            return []  // a kernel without CONFIG_BRIDGE_VLAN_FILTERING
        }
        return try NetlinkSocket.decode("bridge vlan show", messages, BridgeVLAN.decode).flatMap { $0 }
    }
}
