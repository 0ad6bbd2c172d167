// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL
internal import Glibc

/// The way of a packet from this host to an address.
public struct WayOut: Hashable, Sendable {
    /// The ifindex of the link that it leaves by.
    public let index: UInt32
    /// Whether the address is the host's own.
    public let isLocal: Bool
}

extension RoutingSocket {
    /// The way of a packet to an address, or nil if there is none.
    ///
    /// As `ip route get ADDRESS`.
    public func way(to address: IPAddress) throws(NetlinkError) -> WayOut? {
        let operation = "route get \(address)"
        let message: Message
        do throws(NetlinkError) {
            message = try socket.get(operation, type: Int(RTM_GETROUTE)) { request in
                var header = rtmsg()
                header.rtm_family = address.family.number
                header.rtm_dst_len = UInt8(address.family.bitWidth)
                request.header(header)
                request.attribute(Int(RTA_DST.rawValue), bytes: address.bytes)
            }
        } catch  where error.meansAbsence || error.errno == ENETUNREACH || error.errno == EHOSTUNREACH {
            return nil
        }
        return try NetlinkSocket.decode(operation, [message], WayOut.init).first
    }
}

extension WayOut {
    init?(_ message: Message) throws(MalformedMessage) {
        let header = try message.payload.header(rtmsg.self)
        let attributes = try Attributes(message.payload.after(rtmsg.self))
        guard let index = try attributes.number(Int(RTA_OIF.rawValue), UInt32.self) else { return nil }
        self.index = index
        isLocal = header.rtm_type == UInt8(RTN_LOCAL)
    }
}
