// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import IPAM

/// The static plugin: addresses that the configuration or the runtime names.
public struct StaticPlugin: Plugin {
    /// The library reads its own keys.
    public typealias Configuration = Void

    /// The plugin's name.
    public static let name = "static"
    /// A line for people.
    public static let about = "CNI static plugin: gives containers the addresses that the configuration names"

    /// Every key that it reads.
    public static let keys: [String]? = StaticIPAM.configurationKeys

    /// Addresses and routes of a network for documentation (RFC 5737).
    public static var examples: [String: JSON] {
        [
            "ipam": ["type": "static"], "ipam.addresses[].address": "192.0.2.1/24",
            "ipam.routes[].dst": "192.0.2.0/24",
        ]
    }

    /// Reads the configuration as every verb does.
    public static func validate(_ network: NetworkConfiguration) throws(CNIError) {
        try StaticIPAM(configuration: network, arguments: CNIArguments()).validate()
    }

    /// Creates the plugin.
    public init() {}

    /// Returns the addresses.
    public func add(_ request: Request<Configuration>) throws(CNIError) -> CNIResult {
        try StaticIPAM(configuration: request.network, arguments: request.arguments).add(request.attachment)
    }

    /// Verifies that the result has the addresses.
    public func check(_ request: Request<Configuration>) throws(CNIError) {
        try StaticIPAM(configuration: request.network, arguments: request.arguments)
            .check(request.attachment, previous: request.previousResult)
    }

    /// Has nothing to give back.
    public func delete(_ request: Request<Configuration>) throws(CNIError) {}

    /// Has nothing to collect.
    public func collect(_ request: NetworkRequest<Configuration>) throws(CNIError) {}

    /// Whether the configuration makes sense.
    public func status(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        try StaticIPAM(configuration: request.network, arguments: CNIArguments()).status()
    }

    /// The addresses of the configuration, which nobody has to lease or to give back.
    public func plan(_ request: Request<Configuration>) throws(CNIError) -> Plan {
        request.command == .delete ? Plan() : Plan(result: try add(request))
    }
}
