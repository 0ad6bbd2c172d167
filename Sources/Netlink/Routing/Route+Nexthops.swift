// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CLibNL

extension Route {
    /// One of several ways of a route, as `nexthop via ADDRESS dev LINK weight N` of ip(8).
    public struct Nexthop: Hashable, Sendable, CustomStringConvertible {
        /// The number of the link.
        public var index: UInt32
        /// The next hop; nil for a network that is on the link itself.
        public var gateway: IPAddress?
        /// How often it is chosen beside the others, 1 to 256.
        public var weight: UInt16
        /// Whether the gateway is taken to be on the link though no network says so.
        public var isOnLink = false
        /// What the kernel has besides, such as how packets are wrapped.
        public var other = RawAttributes()

        /// Creates a way.
        public init(_ index: UInt32, via gateway: IPAddress? = nil, weight: UInt16 = 1) {
            self.index = index
            self.gateway = gateway
            self.weight = weight
        }

        /// The words of ip(8).
        public var description: String {
            "nexthop\(gateway.map { " via \($0)" } ?? "") dev index \(index) weight \(weight)"
        }

        /// A struct rtnexthop with its attributes.
        func bytes(family: IPAddress.Family) -> [UInt8] {
            var attributes = RawAttributes()
            if let gateway {
                let way = Route.attribute(of: gateway, in: family)
                attributes.append(way.kind, way.content)
            }
            let rest = attributes.bytes + other.bytes
            var header = rtnexthop()
            header.rtnh_len = UInt16(truncatingIfNeeded: MemoryLayout<rtnexthop>.size + rest.count)
            header.rtnh_flags = isOnLink ? UInt8(RTNH_F_ONLINK) : 0
            header.rtnh_hops = UInt8(truncatingIfNeeded: max(weight, 1) - 1)
            header.rtnh_ifindex = CInt(bitPattern: index)
            return withUnsafeBytes(of: header) { [UInt8]($0) } + rest
        }

        /// Takes the content of an RTA_MULTIPATH apart.
        static func all(in bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> [Nexthop] {
            var nexthops: [Nexthop] = []
            var rest = bytes
            let size = MemoryLayout<rtnexthop>.size
            while !rest.isEmpty {
                let header = try rest.header(rtnexthop.self)
                let length = Int(header.rtnh_len)
                guard length >= size, length <= rest.count else {
                    throw MalformedMessage("nexthop says \(length) bytes of \(rest.count)")
                }
                let attributes = try Attributes(rest.prefix(length).dropFirst(size))
                var nexthop = Nexthop(
                    UInt32(bitPattern: header.rtnh_ifindex), via: try Route.gateway(attributes),
                    weight: UInt16(header.rtnh_hops) + 1)
                nexthop.isOnLink = CInt(header.rtnh_flags) & RTNH_F_ONLINK != 0
                nexthop.other = attributes.others(than: [Int(RTA_GATEWAY.rawValue), Int(RTA_VIA.rawValue)])
                nexthops.append(nexthop)
                rest = rest.dropFirst((length + 3) & ~3)
            }
            return nexthops
        }
    }
}

extension Route {
    /// Whether one of several ways is through a link.
    package func hasWay(through index: UInt32?) -> Bool { nexthops.contains { $0.index == index } }

    /// The route by its way through a link, as if it had no other; the route itself if it has none there.
    package func way(through index: UInt32) -> Route {
        guard let way = nexthops.first(where: { $0.index == index }) else { return self }
        var route = self
        route.gateway = way.gateway
        route.nexthops = []
        return route
    }
}
