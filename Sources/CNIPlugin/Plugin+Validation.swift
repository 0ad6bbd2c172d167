// SPDX-License-Identifier: Apache-2.0

/// A configuration that a plugin makes of a part of its own, for another plugin.
public struct DelegatedConfiguration: Sendable {
    /// The key of the object in the plugin's own configuration whose members are the other plugin's.
    public var key: String
    /// What the other plugin, `type`, would be called with.
    public var network: NetworkConfiguration

    /// Creates one.
    public init(key: String, network: NetworkConfiguration) {
        self.key = key
        self.network = network
    }
}

extension Plugin {
    /// Says nothing of keys: any may be there.
    public static var keys: [String]? { nil }

    /// None.
    public static var examples: [String: JSON] { [:] }

    /// Reads the configuration.
    public static func validate(_ network: NetworkConfiguration) throws(CNIError) {
        _ = try configuration(from: network.raw)
    }

    /// None.
    public static func delegated(_ network: NetworkConfiguration) -> DelegatedConfiguration? { nil }

    /// None.
    public static func advice(on network: NetworkConfiguration) -> [CNIError] { [] }
}

extension StatePlugin {
    /// Reads and checks the configuration, as every verb does that needs it to be right.
    public static func validate(_ network: NetworkConfiguration) throws(CNIError) {
        try Self().validate(configuration(from: network.raw), network)
    }
}
