// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

/// A connection that the kernel tracks, by its first packet.
///
/// See conntrack(8). A UDP client that keeps its port keeps its connection too, and with it the way that its first packet
/// was sent.
public struct TrackedConnection: Hashable, Sendable {
    /// The address that the first packet was sent to, before any translation.
    public let destination: IPAddress
    /// The port that the first packet was sent to; 0 for protocols without.
    public let port: UInt16
    /// The protocol over IP: 17 for UDP.
    public let protocolNumber: UInt8
    /// CTA_TUPLE_ORIG as it came: by this the kernel finds the connection.
    let original: [UInt8]
    /// The conntrack zone; nil for the usual one.
    let zone: UInt16?
    /// The kernel's number, which no later connection of the same ends has.
    let number: UInt32?
}

extension TrackedConnection {
    init?(_ message: Message) throws(MalformedMessage) {
        guard message.type == Int(NFNL_SUBSYS_CTNETLINK) << 8 | Int(IPCTNL_MSG_CT_NEW.rawValue) else {
            return nil
        }
        let attributes = try Attributes(message.payload.after(nfgenmsg.self))
        guard let original = attributes[CTA_TUPLE_ORIG] else { return nil }
        let tuple = try Attributes(original)
        let ends = try tuple.nest(CTA_TUPLE_IP)
        let transport = try tuple.nest(CTA_TUPLE_PROTO)
        var address = try ends.address(Int(CTA_IP_V4_DST.rawValue))
        if address == nil { address = try ends.address(Int(CTA_IP_V6_DST.rawValue)) }
        guard let address else { return nil }
        destination = address
        port = try transport.bigEndian(Int(CTA_PROTO_DST_PORT.rawValue), UInt16.self) ?? 0
        protocolNumber = try transport.number(Int(CTA_PROTO_NUM.rawValue), UInt8.self) ?? 0
        self.original = [UInt8](original)
        zone = try attributes.bigEndian(Int(CTA_ZONE.rawValue), UInt16.self)
        number = try attributes.bigEndian(CTA_ID)
    }
}

extension NFTablesSocket {
    /// The connections of a protocol whose first packets were sent to a port.
    ///
    /// As `conntrack -L -p udp --orig-port-dst PORT`. The kernel picks them itself (Linux 5.8); an earlier one tells all
    /// that it tracks.
    public func connections(
        _ family: IPAddress.Family, protocol protocolNumber: UInt8, toPort port: UInt16
    ) throws(NetlinkError) -> [TrackedConnection] {
        let operation = "conntrack list \(family) protocol \(protocolNumber) port \(port)"
        let type = Int(NFNL_SUBSYS_CTNETLINK) << 8 | Int(IPCTNL_MSG_CT_GET.rawValue)
        let messages = try socket.dump(operation, type: type) { request in
            request.header(family == .v4 ? NFTables.Family.ip : .ip6)
            request.nest(CTA_FILTER.nested) {
                $0.attribute(Int(CTA_FILTER_ORIG_FLAGS.rawValue), Self.byProtocolAndPort)
                $0.attribute(Int(CTA_FILTER_REPLY_FLAGS.rawValue), UInt32(0))
            }
            request.nest(CTA_TUPLE_ORIG.nested) {
                $0.nest(CTA_TUPLE_PROTO.nested) {
                    $0.attribute(Int(CTA_PROTO_NUM.rawValue), protocolNumber)
                    $0.attribute(CTA_PROTO_DST_PORT, bigEndian: port)
                }
            }
        }
        return try NetlinkSocket.decode(operation, messages, TrackedConnection.init)
            .filter { $0.port == port && $0.protocolNumber == protocolNumber }
    }

    /// CTA_FILTER_F_CTA_PROTO_NUM and CTA_FILTER_F_CTA_PROTO_DST_PORT, which are in none of the headers for users
    /// (net/netfilter/nf_internals.h).
    private static let byProtocolAndPort: UInt32 = 1 << 3 | 1 << 5

    /// Has the kernel forget a connection: its next packet is looked at as a first one.
    ///
    /// As `conntrack -D`. One that has ended meanwhile is fine.
    public func forget(_ connection: TrackedConnection) throws(NetlinkError) {
        var batch = Batch()
        let (address, port) = (connection.destination, connection.port)
        batch.append(
            "conntrack delete protocol \(connection.protocolNumber) to \(address) port \(port)",
            type: Int(NFNL_SUBSYS_CTNETLINK) << 8 | Int(IPCTNL_MSG_CT_DELETE.rawValue)
        ) { request in
            request.header(address.family == .v4 ? NFTables.Family.ip : .ip6)
            request.attribute(CTA_TUPLE_ORIG.nested, bytes: connection.original)
            if let zone = connection.zone { request.attribute(CTA_ZONE, bigEndian: zone) }
            if let number = connection.number { request.attribute(CTA_ID, bigEndian: number) }
        }
        do throws(NetlinkError) {
            try socket.performAll(batch)
        } catch  where error.meansAbsence {
            return
        }
    }
}

extension RawRepresentable<UInt32> {
    /// The number of an attribute of attributes, as the kernel's strict parsers want it.
    fileprivate var nested: Int { Int(rawValue) | Int(NLA_F_NESTED) }
}
