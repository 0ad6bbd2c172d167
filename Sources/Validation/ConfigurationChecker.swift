// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin

/// What is known of one plugin's configuration: its keys, and its own reader as the judge of the values.
///
/// A ``Plugin`` says it itself. A reader may stop at the first mistake. It is asked again without what it complained of until it is
/// content, so that nobody has to describe the same configuration twice.
public struct ConfigurationChecker: Sendable {
    /// The plugin's name, which `type` or `ipam.type` gives.
    public let type: String
    /// Every key that the plugin reads, from the top of its configuration on, with `[]` for the elements of
    /// lists: `vlanTrunk[].minID`; nil if any may be there.
    public let keys: [String]?
    /// Right values of keys that the reader insists on, to go on with behind a mistake there; paths as in
    /// ``keys``.
    public let examples: [String: JSON]
    let check: @Sendable (NetworkConfiguration) throws(CNIError) -> Void
    let advice: @Sendable (NetworkConfiguration) -> [CNIError]
    let delegated: @Sendable (NetworkConfiguration) -> DelegatedConfiguration?

    /// Describes a plugin.
    ///
    /// - Parameters:
    ///   - type: The plugin's name.
    ///   - keys: Every key that it reads; others get a warning, unless it is nil.
    ///   - examples: Right values of the keys without which the reader refuses everything else.
    ///   - advice: What the reader accepts and a person would not want, each with its place.
    ///   - delegated: What the plugin calls another one with.
    ///   - check: The plugin's reader; throws what it would refuse to work with.
    public init(
        type: String, keys: [String]?, examples: [String: JSON] = [:],
        advice: @escaping @Sendable (NetworkConfiguration) -> [CNIError] = { _ in [] },
        delegated: @escaping @Sendable (NetworkConfiguration) -> DelegatedConfiguration? = { _ in nil },
        check: @escaping @Sendable (NetworkConfiguration) throws(CNIError) -> Void
    ) {
        self.type = type
        self.keys = keys
        self.examples = examples
        self.check = check
        self.advice = advice
        self.delegated = delegated
    }

    /// Takes what a plugin says of itself.
    public init(_ plugin: any Plugin.Type) {
        self.init(
            type: plugin.name, keys: plugin.keys, examples: plugin.examples,
            advice: { plugin.advice(on: $0) }, delegated: { plugin.delegated($0) }
        ) { network throws(CNIError) in try plugin.validate(network) }
    }
}
