// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CLibNL

extension InterfaceAddress {
    /// Flags that say how an address is, and not how it was made.
    private static let stateFlags =
        UInt32(IFA_F_PERMANENT | IFA_F_SECONDARY | IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED)

    func encode(into request: inout NetlinkRequest, _ verb: Verb, _ index: UInt32) {
        var flags = otherFlags
        if skipsDAD { flags |= UInt32(IFA_F_NODAD) }
        if skipsPrefixRoute { flags |= UInt32(IFA_F_NOPREFIXROUTE) }
        request.header(
            ifaddrmsg(
                ifa_family: prefix.family.number, ifa_prefixlen: UInt8(prefix.length),
                ifa_flags: UInt8(truncatingIfNeeded: flags), ifa_scope: scope.rawValue, ifa_index: index))
        request.attribute(Int(IFA_LOCAL), bytes: prefix.address.bytes)
        request.attribute(Int(IFA_ADDRESS), bytes: (peer ?? prefix.address).bytes)
        // The kernel finds an address to delete by these alone, and by its label.
        if let label { request.attribute(Int(IFA_LABEL), label) }
        if verb == .delete { return }
        // The 8 bits of the header do not hold all.
        if flags > 0xff { request.attribute(Int(IFA_FLAGS), flags) }
        if let broadcast { request.attribute(Int(IFA_BROADCAST), bytes: broadcast.bytes) }
        if let metric { request.attribute(Int(IFA_RT_PRIORITY), metric) }
        if `protocol` != .unspecified { request.attribute(Int(IFA_PROTO), `protocol`.rawValue) }
        if let lifetime {
            var information = ifa_cacheinfo()
            information.ifa_valid = lifetime.valid
            information.ifa_prefered = lifetime.preferred
            request.attribute(Int(IFA_CACHEINFO), bytes: withUnsafeBytes(of: information) { [UInt8]($0) })
        }
        request.append(other)
    }

    /// Decodes an RTM_NEWADDR message into the link's index and the address.
    static func decode(
        _ message: Message
    ) throws(MalformedMessage) -> (index: UInt32, address: InterfaceAddress)? {
        guard message.type == Int(RTM_NEWADDR) else { return nil }
        let header = try message.payload.header(ifaddrmsg.self)
        let all = try Attributes(message.payload.after(ifaddrmsg.self))
        let (local, remote) = (try all.address(Int(IFA_LOCAL)), try all.address(Int(IFA_ADDRESS)))
        // On a point-to-point link IFA_ADDRESS is the other side's; without IFA_LOCAL (IPv6) it is the link's own.
        guard let own = local ?? remote, let prefix = IPPrefix(own, length: Int(header.ifa_prefixlen)) else {
            throw MalformedMessage("address without a value")
        }
        let flags = try all.number(Int(IFA_FLAGS), UInt32.self) ?? UInt32(header.ifa_flags)
        var address = InterfaceAddress(
            prefix, skipsDAD: flags & UInt32(IFA_F_NODAD) != 0)
        address.peer = local == remote || local == nil ? nil : remote
        address.broadcast = try all.address(Int(IFA_BROADCAST))
        address.skipsPrefixRoute = flags & UInt32(IFA_F_NOPREFIXROUTE) != 0
        address.isTentative = flags & UInt32(IFA_F_TENTATIVE) != 0
        address.isDuplicate = flags & UInt32(IFA_F_DADFAILED) != 0
        address.otherFlags = flags & ~(stateFlags | UInt32(IFA_F_NODAD | IFA_F_NOPREFIXROUTE))
        address.scope = Scope(rawValue: header.ifa_scope)
        address.metric = try all.number(Int(IFA_RT_PRIORITY))
        address.protocol = RoutingProtocol(rawValue: try all.number(Int(IFA_PROTO)) ?? 0)
        address.label = all.string(Int(IFA_LABEL)).flatMap { $0.utf8.contains(UInt8(ascii: ":")) ? $0 : nil }
        if let bytes = all[Int(IFA_CACHEINFO)] {
            let information = try bytes.header(ifa_cacheinfo.self)
            // INFINITY_LIFE_TIME in the kernel's addrconf.h.
            if information.ifa_valid != .max || information.ifa_prefered != .max {
                address.lifetime = Lifetime(
                    valid: information.ifa_valid, preferred: information.ifa_prefered)
            }
        }
        address.other = all.others(than: known)
        return (header.ifa_index, address)
    }

    private static let known = AttributeKinds([
        IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_LABEL, IFA_CACHEINFO, IFA_FLAGS, IFA_RT_PRIORITY,
        IFA_PROTO,
    ])
}
