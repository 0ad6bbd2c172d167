// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import CNITypes

/// The dhcp plugin's keys in `ipam`.
public struct DHCPConfiguration: Hashable, Sendable {
    /// Where the daemon listens.
    public let daemonSocketPath: String
    /// The metric of the lease's routes; nil for the kernel's.
    public let priority: UInt32?
    /// Which families get an address.
    public let families: [IPAddress.Family]
    /// Routes besides those of the lease: over IPv6 it has none.
    public let routes: [CNIResult.Route]
    /// The options that are sent to servers.
    public let provided: DHCPOptions
    /// The options that servers are asked for.
    public let requested: [DHCPOptions.Code]

    /// Every key that is read here.
    public static let keys = [
        "ipam.daemonSocketPath", "ipam.priority", "ipam.provide[].option", "ipam.provide[].value",
        "ipam.provide[].fromArg", "ipam.request[].option", "ipam.request[].skipDefault",
        "ipam.family[]", "ipam.routes[].dst", "ipam.routes[].gw", "ipam.routes[].mtu", "ipam.routes[].advmss",
        "ipam.routes[].priority", "ipam.routes[].table", "ipam.routes[].scope",
    ]

    /// Where the daemon listens if nothing else is said.
    public static let usualSocketPath = "/run/cni/dhcp.sock"

    /// What a result is made of.
    private static let usuallyRequested: [DHCPOptions.Code] = [
        .subnetMask, .routers, .domainNameServers, .domainName, .staticRoutes, .domainSearch,
        .classlessStaticRoutes,
    ]

    /// The options that can be named, as dhcp-options(5) of ISC's client does.
    private static let names: [(String, DHCPOptions.Code)] = [
        ("dhcp-client-identifier", .clientIdentifier), ("subnet-mask", .subnetMask), ("routers", .routers),
        ("host-name", .hostName), ("interface-mtu", .interfaceMTU), ("user-class", .userClass),
        ("vendor-class-identifier", .vendorClassIdentifier),
    ]

    /// The options that are the protocol's own.
    private static let reserved: [DHCPOptions.Code] = [
        .requestedAddress, .leaseTime, .overload, .messageType, .serverIdentifier, .parameterRequestList,
        .maximumMessageSize,
    ]

    /// Reads the keys.
    ///
    /// - Parameter arguments: CNI_ARGS, whose values `fromArg` names.
    /// - Throws: ``CNIError/Code/invalidConfiguration`` with the place.
    public init(_ network: NetworkConfiguration, arguments: CNIArguments) throws(CNIError) {
        let ipam = JSONCursor(network.raw)["ipam"]
        daemonSocketPath = try Self.socketPath(network)
        priority = try ipam["priority"].integer()
        families = try ipam.families("family") ?? [.v4]
        var routes: [CNIResult.Route] = []
        for entry in try ipam["routes"].elements() {
            let route = try CNIResult.Route(entry)
            // An address that comes back has the routes of its lease, and a server says those of IPv4.
            guard route.destination.family == .v6, route.gateway.map({ $0.family == .v6 }) ?? true else {
                throw entry["dst"].failure(
                    "\(route.destination) is not of IPv6: its server says IPv4's routes")
            }
            routes.append(route)
        }
        if !families.contains(.v6), !routes.isEmpty {
            throw ipam["routes"].failure("routes are for \"family\": [\"6\"]: an IPv4 server says its own")
        }
        self.routes = routes
        var provided = DHCPOptions()
        for entry in try ipam["provide"].elements() {
            try entry.requireObject()
            let code = try Self.code(entry["option"])
            if let value = try Self.value(entry, arguments) {
                provided[code] = code == .clientIdentifier ? [0] + value : value
            }
        }
        self.provided = provided
        var requested: [DHCPOptions.Code] = []
        var skipsUsual = false
        for entry in try ipam["request"].elements() {
            try entry.requireObject()
            if try entry["skipDefault"].bool() ?? false { skipsUsual = true }
            // An entry may have skipDefault alone.
            if !entry["option"].isAbsent { requested.append(try Self.code(entry["option"])) }
        }
        self.requested =
            (skipsUsual ? [] : Self.usuallyRequested.filter { !requested.contains($0) }) + requested
    }

    /// Where the daemon of a network listens: all that a DEL needs.
    public static func socketPath(_ network: NetworkConfiguration) throws(CNIError) -> String {
        let key = JSONCursor(network.raw)["ipam"]["daemonSocketPath"]
        let path = try key.nonEmptyText() ?? usualSocketPath
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw key.failure("\"\(path)\" is not an absolute path")
        }
        return path
    }

    /// The options of each discover and request, the client's identifier among them.
    public func options(for attachment: Attachment) -> DHCPOptions {
        var options = provided
        if options[.clientIdentifier] == nil {
            options[.clientIdentifier] = Self.identifier(of: attachment)
        }
        if !requested.isEmpty { options[.parameterRequestList] = requested.map(\.rawValue) }
        return options
    }

    /// Type 0, no hardware address (RFC 2132 section 9.14), and the attachment's names: the same for each of its leases, and
    /// another one for each interface of a container.
    private static func identifier(of attachment: Attachment) -> [UInt8] {
        let text = "\(attachment.containerID.rawValue)/\(attachment.network)/\(attachment.interface)"
        return [0] + text.utf8.prefix(254)
    }

    private static func code(_ cursor: JSONCursor) throws(CNIError) -> DHCPOptions.Code {
        let text = try cursor.required(cursor.nonEmptyText())
        if let named = names.first(where: { $0.0 == text }) { return named.1 }
        guard let number = UInt8(text), 1...254 ~= number else {
            throw cursor.failure(
                "\"\(text)\" is neither an option's number, 1 to 254, nor a name that is known")
        }
        let code = DHCPOptions.Code(rawValue: number)
        if reserved.contains(code) { throw cursor.failure("option \(number) is the client's own") }
        return code
    }

    /// The value of an option; nil if it is that of an argument that was not given.
    private static func value(
        _ entry: JSONCursor, _ arguments: CNIArguments
    ) throws(CNIError) -> [UInt8]? {
        let argument = try entry["fromArg"].nonEmptyText()
        if argument != nil { try arguments.requireSound() }
        let given = try entry["value"].text()
        let text = argument.map { arguments[$0] } ?? given
        guard let text, !text.isEmpty else { return nil }
        guard text.utf8.count <= 254 else {
            throw entry[argument == nil ? "value" : "fromArg"].failure("more than 254 bytes")
        }
        return Array(text.utf8)
    }
}
