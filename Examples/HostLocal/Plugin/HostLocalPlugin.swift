// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import IPAM

/// The host-local plugin: addresses from ranges of this host's own, with leases in files.
public struct HostLocalPlugin: Plugin {
    /// The library reads its own keys.
    public typealias Configuration = Void

    /// The plugin's name.
    public static let name = "host-local"
    /// A line for people.
    public static let about = "CNI host-local plugin: hands out addresses from ranges of this host"

    /// Every key that it reads.
    public static let keys: [String]? = HostLocal.configurationKeys

    /// Ranges and routes of a network for documentation (RFC 5737), which nobody's own overlaps with.
    public static var examples: [String: JSON] {
        [
            "ipam.subnet": "192.0.2.0/24", "ipam.ranges": [[["subnet": "192.0.2.0/24"]]],
            "ipam.routes[].dst": "192.0.2.0/24",
        ]
    }

    /// Reads the configuration as every verb does.
    public static func validate(_ network: NetworkConfiguration) throws(CNIError) {
        try HostLocal(configuration: network, arguments: CNIArguments()).validate()
    }

    /// Creates the plugin.
    public init() {}

    /// Leases an address of each range set.
    public func add(_ request: Request<Configuration>) throws(CNIError) -> CNIResult {
        try HostLocal(configuration: request.network, arguments: request.arguments).add(request.attachment)
    }

    /// Verifies that the attachment has its leases.
    public func check(_ request: Request<Configuration>) throws(CNIError) {
        try HostLocal(configuration: request.network, arguments: request.arguments)
            .check(request.attachment, previous: request.previousResult)
    }

    /// Gives the attachment's leases back.
    public func delete(_ request: Request<Configuration>) throws(CNIError) {
        try HostLocal(configuration: request.network, arguments: request.arguments).delete(request.attachment)
    }

    /// Gives back the leases of attachments that are not valid any more.
    public func collect(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        try HostLocal(configuration: request.network, arguments: CNIArguments())
            .collect(keeping: request.validAttachments)
    }

    /// Whether there is an address left in each range set.
    public func status(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        try HostLocal(configuration: request.network, arguments: CNIArguments()).status()
    }

    /// Which addresses ADD would lease, or DEL give back.
    public func plan(_ request: Request<Configuration>) throws(CNIError) -> Plan {
        let ipam = try HostLocal(configuration: request.network, arguments: request.arguments)
        if request.command == .delete {
            return Plan(steps: try ipam.held(by: request.attachment).map { "host-local: release \($0)" })
        }
        let result = try ipam.preview(request.attachment)
        return Plan(steps: result.ips.map { "host-local: lease \($0.address.address)" }, result: result)
    }
}
