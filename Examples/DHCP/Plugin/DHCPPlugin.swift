// SPDX-License-Identifier: Apache-2.0

internal import Addressing
public import CNIPlugin
internal import DHCPClient
internal import DHCPDaemon
internal import LinuxCore

/// The dhcp plugin: addresses that the network's DHCP server leases, by a daemon that renews them.
public struct DHCPPlugin: Plugin {
    /// The library reads its own keys.
    public typealias Configuration = Void

    /// The plugin's name.
    public static let name = "dhcp"
    /// A line for people.
    public static let about =
        "CNI dhcp plugin: has the daemon (dhcp daemon) lease addresses from the network's DHCP server"

    /// Every key that it reads.
    public static let keys: [String]? = DHCPConfiguration.keys

    /// Leases are asked for over the interface.
    public static let needsInterface = true

    /// An option as servers know it, and what makes sense of the routes.
    public static var examples: [String: JSON] {
        [
            "ipam.provide[].option": "host-name", "ipam.request[].option": "routers", "ipam.family[]": "6",
            "ipam.routes[].dst": "2001:db8::/32",
        ]
    }

    /// Runs the daemon if the first word says so.
    public static func program(_ words: [String]) -> Int32? {
        words.first == "daemon" ? DHCPDaemon.main(Array(words.dropFirst())) : nil
    }

    /// Reads the configuration as ADD does.
    public static func validate(_ network: NetworkConfiguration) throws(CNIError) {
        _ = try DHCPConfiguration(network, arguments: CNIArguments())
    }

    /// Creates the plugin.
    public init() {}

    /// Has the daemon get a lease.
    public func add(_ request: Request<Configuration>) throws(CNIError) -> CNIResult {
        let configuration = try DHCPConfiguration(request.network, arguments: request.arguments)
        let addition = DaemonRequest.Addition(
            request.attachment, namespacePath: request.namespacePath ?? "",
            options: configuration.options(for: request.attachment), priority: configuration.priority,
            families: configuration.families)
        var result = try DaemonClient(socket: configuration.daemonSocketPath).lease(.add(addition))
        result.routes += configuration.routes
        return result
    }

    /// Verifies that the attachment has the lease that its result tells of.
    public func check(_ request: Request<Configuration>) throws(CNIError) {
        let configuration = try DHCPConfiguration(request.network, arguments: request.arguments)
        let client = DaemonClient(socket: configuration.daemonSocketPath)
        let lease = try client.lease(.check(request.attachment))
        for family in configuration.families where !lease.ips.contains(where: { $0.address.family == family })
        {
            throw CNIError(
                CNIError.Code(rawValue: 113),
                "\(request.attachment.key) has no lease of IPv\(family.rawValue)")
        }
        guard let previous = try request.previousResult else { return }
        let addresses = previous.ips.map(\.address.description)
        for address in lease.ips where !previous.ips.contains(where: { $0.address == address.address }) {
            throw CNIError(
                CNIError.Code(rawValue: 113), "\(request.attachment.key) has a lease of \(address.address)",
                details: "the result of ADD has \(addresses.joined(separator: ", "))")
        }
    }

    /// Gives the lease back.
    ///
    /// Without the daemon it is forgotten, and ends at the server in its time.
    public func delete(_ request: Request<Configuration>) throws(CNIError) {
        let socket = try DHCPConfiguration.socketPath(request.network)
        try DaemonClient(socket: socket).perform(.delete(request.attachment)) { folder throws(SystemError) in
            try folder.remove(request.attachment)
        }
    }

    /// Gives back the leases of attachments that are not valid any more.
    public func collect(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        let valid = Array(request.validAttachments)
        let network = request.network.name
        let socket = try DHCPConfiguration.socketPath(request.network)
        let question = DaemonRequest.collect(network, valid: valid)
        try DaemonClient(socket: socket).perform(question) { folder throws(SystemError) in
            try folder.removeAll(of: network, but: valid)
        }
    }

    /// Whether the daemon listens, and can keep leases.
    public func status(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        do throws(CNIError) {
            let configuration = try DHCPConfiguration(request.network, arguments: CNIArguments())
            try DaemonClient(socket: configuration.daemonSocketPath).perform(.status, otherwise: nil)
        } catch {
            throw CNIError(.pluginNotAvailable, error.message, details: error.details)
        }
    }

    /// That a lease would be asked for: which address a server gives, it alone knows.
    public func plan(_ request: Request<Configuration>) throws(CNIError) -> Plan {
        let configuration = try DHCPConfiguration(request.network, arguments: request.arguments)
        if request.command == .add { return Plan(steps: ["dhcp: ask the network's server for a lease"]) }
        let client = DaemonClient(socket: configuration.daemonSocketPath)
        let lease = try? client.lease(.check(request.attachment))
        return Plan(steps: (lease?.ips ?? []).map { "dhcp: release \($0.address.address)" })
    }
}
