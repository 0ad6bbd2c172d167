// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension RoutingSocket {
    /// The link of that name or index, or nil if there is none. As `ip link show dev NAME`.
    public func link(_ link: LinkReference) throws(NetlinkError) -> Link? {
        let operation = "link show \(link)"
        let message: Message
        do throws(NetlinkError) {
            message = try socket.get(operation, type: Int(RTM_GETLINK)) { request in
                request.header(link.header)
                link.encode(into: &request)
            }
        } catch where error.meansAbsence {
            return nil
        }
        return try NetlinkSocket.decode(operation, [message], Link.init).first
    }

    /// All links, or the ports of the link with the index `master`. As `ip link show [master BRIDGE]`.
    public func links(master: UInt32? = nil) throws(NetlinkError) -> [Link] {
        let messages = try socket.dump("link show", type: Int(RTM_GETLINK)) { request in
            request.header(ifinfomsg())
            if let master { request.attribute(Int(IFLA_MASTER), master) }
        }
        return try NetlinkSocket.decode("link show", messages, Link.init)
            .filter { master == nil || $0.master == master }
    }
}
