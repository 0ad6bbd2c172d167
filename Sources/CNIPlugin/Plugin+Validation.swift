// SPDX-License-Identifier: Apache-2.0

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
    public static func advice(on network: NetworkConfiguration) -> [CNIError] { [] }
}

extension StatePlugin {
    /// Reads and checks the configuration, as every verb does that needs it to be right.
    public static func validate(_ network: NetworkConfiguration) throws(CNIError) {
        try Self().validate(configuration(from: network.raw), network)
    }
}
