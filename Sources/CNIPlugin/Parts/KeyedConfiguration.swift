// SPDX-License-Identifier: Apache-2.0

/// A plugin's configuration that is read key by key, which costs a plugin's start less than `Decodable`.
///
/// The plugin needs no words for it: what it knows of its keys, how it reads them, and what it refuses of them come from here.
///
///     public struct Macvlan: StatePlugin {
///         public typealias Configuration = MacvlanConfiguration
///         …
public protocol KeyedConfiguration: Sendable {
    /// Every key that is read here, as in ``Plugin/keys``.
    static var keys: [String] { get }

    /// Reads the keys, with the defaults that users of the reference plugin know; throws what has no meaning.
    ///
    /// Not what means something that no ADD can take: a DEL has to work with that, too.
    init(_ document: JSON) throws(CNIError)

    /// Refuses what no ADD can take.
    func validate() throws(CNIError)
}

extension KeyedConfiguration {
    /// Takes everything that can be read.
    public func validate() throws(CNIError) {}
}

extension Plugin where Configuration: KeyedConfiguration {
    /// Every key that the plugin reads of a network configuration, beside those that all plugins have.
    public static var keys: [String]? { Configuration.keys }

    /// Reads the keys.
    public static func configuration(from document: JSON) throws(CNIError) -> Configuration {
        try Configuration(document)
    }
}

extension StatePlugin where Configuration: KeyedConfiguration {
    /// Refuses what no ADD can take.
    public func validate(
        _ configuration: Configuration, _ network: NetworkConfiguration
    ) throws(CNIError) {
        try configuration.validate()
    }
}
