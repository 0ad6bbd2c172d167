// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension RoutingSocket {
    /// The link of that name or index, or nil if there is none.
    ///
    /// As `ip link show dev NAME`.
    public func link(_ link: LinkReference) throws(NetlinkError) -> Link? {
        if case .name(let name) = link, !Self.canBeName(name) { return nil }
        let operation = "link show \(link)"
        let message: Message
        do throws(NetlinkError) {
            message = try socket.get(operation, type: Int(RTM_GETLINK)) { request in
                request.header(link.header)
                link.encode(into: &request)
                request.attribute(Int(IFLA_EXT_MASK), UInt32(RTEXT_FILTER_SKIP_STATS))
            }
        } catch  where error.meansAbsence {
            return nil
        }
        return try NetlinkSocket.decode(operation, [message], Link.init).first
    }

    /// Whether a link can have that name; the kernel would refuse the question (IFNAMSIZ).
    private static func canBeName(_ name: String) -> Bool { 1...15 ~= name.utf8.count }

    /// The links of those names that there are, asked for all at once.
    public func links(named names: [String]) throws(NetlinkError) -> [Link] {
        var batch = Batch()
        for name in names where Self.canBeName(name) {
            batch.append("link show \(name)", type: Int(RTM_GETLINK)) { request in
                request.header(ifinfomsg())
                request.attribute(Int(IFLA_IFNAME), name)
                request.attribute(Int(IFLA_EXT_MASK), UInt32(RTEXT_FILTER_SKIP_STATS))
            }
        }
        var found: [Message] = []
        for answer in try socket.get(batch) {
            switch answer {
            case .message(let message): found.append(message)
            case .failure(let error): if !error.meansAbsence { throw error }
            }
        }
        return try NetlinkSocket.decode("link show", found, Link.init)
    }

    /// Some of the ports of a bridge; all if there are few.
    ///
    /// Costs the same for many ports as for one.
    ///
    /// Uses the session up: it can be asked nothing else afterwards.
    public func somePorts(of master: UInt32) throws(NetlinkError) -> [Link] {
        let messages = try socket.dumpBeginning("link show", type: Int(RTM_GETLINK)) { request in
            request.header(ifinfomsg())
            request.attribute(Int(IFLA_MASTER), master)
            request.attribute(Int(IFLA_EXT_MASK), UInt32(RTEXT_FILTER_SKIP_STATS))
        }
        return try NetlinkSocket.decode("link show", messages, Link.init).filter { $0.master == master }
    }

    /// All links, or the ports of the link with the index `master`.
    ///
    /// As `ip link show [master BRIDGE]`.
    public func links(master: UInt32? = nil) throws(NetlinkError) -> [Link] {
        let messages = try socket.dump("link show", type: Int(RTM_GETLINK)) { request in
            request.header(ifinfomsg())
            if let master { request.attribute(Int(IFLA_MASTER), master) }
            request.attribute(Int(IFLA_EXT_MASK), UInt32(RTEXT_FILTER_SKIP_STATS))
        }
        return try NetlinkSocket.decode("link show", messages, Link.init)
            .filter { master == nil || $0.master == master }
    }
}
