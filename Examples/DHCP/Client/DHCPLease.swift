// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import CNITypes

/// What a server gave, and for how long.
public struct DHCPLease: Hashable, Sendable {
    /// The address with its network's length.
    public var address: IPPrefix
    /// Who gave it.
    public var server: IPAddress
    /// When it was asked for, in milliseconds of the clock that the caller goes by: its times count from there.
    public var start: Int64
    /// How long it holds, in seconds; nil for ever.
    public var duration: UInt32?
    /// When to renew and when to ask any server, in seconds from ``start``.
    public var renewal: UInt32
    /// See ``renewal``.
    public var rebinding: UInt32
    /// What the server calls itself: over IPv4 its address, over IPv6 a DUID.
    public var serverIdentifier: [UInt8]
    /// All that a server said over IPv4.
    public var options: DHCPOptions
    /// All that a server said over IPv6.
    public var options6: DHCPv6Options

    /// 0xffffffff stands for ever (RFC 2131 section 3.3).
    private static let forEver = UInt32.max
    /// An hour, where a server does not say how long.
    private static let usualTime: UInt32 = 3600

    /// Reads what an acknowledgement gives; nil if it gives no address that an interface can have.
    ///
    /// - Parameter start: When the request that it answers was sent first.
    public init?(_ message: DHCPMessage, start: Int64) {
        let address = message.yourAddress
        guard message.kind == .acknowledgement, address.isOneHost,
            let server = message.options.address(.serverIdentifier), server.isOneHost,
            let prefix = IPPrefix(address, length: Self.length(of: message))
        else { return nil }
        let seconds = message.options.number(.leaseTime) ?? Self.usualTime
        guard seconds > 0 else { return nil }
        self.address = prefix
        self.server = server
        serverIdentifier = server.bytes
        self.start = start
        options = message.options
        options6 = DHCPv6Options()
        duration = seconds == Self.forEver ? nil : seconds
        // RFC 2131 section 4.4.5: half and seven eighths, and T1 before T2 before the end.
        let half = seconds / 2
        let most = seconds - seconds / 8
        let asked = message.options.number(.rebindingTime).flatMap { $0 < seconds && $0 > 0 ? $0 : nil }
        let rebinding = asked ?? most
        let renewal = message.options.number(.renewalTime).flatMap { $0 < rebinding && $0 > 0 ? $0 : nil }
        self.rebinding = rebinding
        self.renewal = renewal ?? min(half, rebinding)
    }

    /// Creates a lease from its parts; nil if they make none.
    init?(
        address: IPPrefix, server: IPAddress, serverIdentifier: [UInt8]? = nil, start: Int64,
        duration: UInt32?, renewal: UInt32, rebinding: UInt32, options: DHCPOptions,
        options6: DHCPv6Options = DHCPv6Options()
    ) {
        let identifier = serverIdentifier ?? server.bytes
        guard address.length > 0, address.address.isOneHost, server.isOneHost,
            server.family == address.family, 3...130 ~= identifier.count, 0...(1 << 60) ~= start,
            renewal <= rebinding,
            duration.map({ rebinding <= $0 && $0 > 0 }) ?? true
        else { return nil }
        self.address = address
        self.server = server
        self.start = start
        self.duration = duration
        self.renewal = renewal
        self.rebinding = rebinding
        self.serverIdentifier = identifier
        self.options = options
        self.options6 = options6
    }

    /// Without a mask the network is that of the address's class (RFC 950).
    private static func length(of message: DHCPMessage) -> Int {
        if let length = message.options.prefixLength, 1...32 ~= length { return length }
        return classfulLength(message.yourAddress)
    }

    /// The length of an address's network by its class: A, B or C.
    static func classfulLength(_ address: IPAddress) -> Int {
        switch address.bits >> 24 {
        case 0..<128: 8
        case 128..<192: 16
        default: 24
        }
    }
}

extension DHCPLease {
    /// The routers, without what is none.
    private var routers: [IPAddress] {
        options.addresses(.routers).filter { !$0.isUnspecified && !$0.isMulticast }
    }

    /// The result of an IPAM plugin: address, routes and name resolution.
    ///
    /// Classless routes stand for the router and for the classful ones (RFC 3442); the route to a router that is outside of
    /// the address's network is given first, for the link.
    ///
    /// - Parameters:
    ///   - priority: The metric of its routes; nil for the kernel's.
    ///   - mtu: The MTU of its routes in bytes; nil for the interface's.
    public func result(priority: UInt32? = nil, mtu: UInt32? = nil) -> CNIResult {
        if address.family == .v6 { return result6 }
        var routes = classlessRoutes
        var gateway = routes.first { $0.destination.length == 0 }?.gateway
        if routes.isEmpty {
            gateway = routers.first
            routes = classfulRoutes
            if let gateway {
                routes.append(CNIResult.Route(destination: .everything(.v4), gateway: gateway))
            }
        }
        for index in routes.indices {
            routes[index].priority = priority
            routes[index].mtu = mtu
        }
        return CNIResult(
            ips: [CNIResult.IPConfiguration(address: address, gateway: gateway)], routes: routes, dns: dns)
    }

    private var dns: DNS {
        DNS(
            nameservers: options.addresses(.domainNameServers).map(\.description),
            domain: options.text(.domainName).flatMap { DomainNames.isName($0) ? $0 : nil },
            search: options[.domainSearch].flatMap { DomainNames.list($0) } ?? [])
    }

    /// Option 33: pairs of a host, or of a classful network, and a router.
    private var classfulRoutes: [CNIResult.Route] {
        let addresses = options.addresses(.staticRoutes)
        return stride(from: 0, to: addresses.count - 1, by: 2).compactMap { index in
            let (destination, gateway) = (addresses[index], addresses[index + 1])
            // The default route is not allowed here (RFC 2132 section 5.8).
            if destination.isUnspecified || gateway.isUnspecified { return nil }
            let length = Self.classfulLength(destination)
            let network =
                IPPrefix(destination, length: length).map { $0.network.address == destination } ?? false
            return IPPrefix(destination, length: network ? length : 32).map {
                CNIResult.Route(destination: $0, gateway: gateway)
            }
        }
    }

    /// Option 121; none if it is damaged anywhere, for then nobody knows what is meant.
    private var classlessRoutes: [CNIResult.Route] {
        guard var rest = options[.classlessStaticRoutes]?[...] else { return [] }
        var routes: [CNIResult.Route] = []
        while let length = rest.popFirst() {
            let count = (Int(length) + 7) / 8
            guard length <= 32, rest.count >= count + 4 else { return [] }
            let destination = rest.prefix(count) + [UInt8](repeating: 0, count: 4 - count)
            let router = rest.dropFirst(count).prefix(4)
            rest = rest.dropFirst(count + 4)
            guard let address = IPAddress(bytes: destination), let gateway = IPAddress(bytes: router),
                let prefix = IPPrefix(address, length: Int(length))
            else { return [] }
            var route = CNIResult.Route(destination: prefix.network)
            if gateway.isUnspecified { route.scope = 253 } else { route.gateway = gateway }
            routes.append(route)
        }
        return routes
    }
}

extension DHCPLease {
    /// When to renew, by the caller's clock.
    public var renewalTime: Int64 { start + Int64(renewal) * 1000 }
    /// When to ask any server.
    public var rebindingTime: Int64 { start + Int64(rebinding) * 1000 }
    /// When it is over; nil for never.
    public var end: Int64? { duration.map { start + Int64($0) * 1000 } }
}

extension IPAddress {
    /// Whether a host can have it as its own: neither everybody's nor nobody's nor a group's.
    var isOneHost: Bool { !isUnspecified && !isMulticast && !isLoopback && bits != 0xffff_ffff }
}
