// SPDX-License-Identifier: Apache-2.0

/// A CNI plugin: its verbs, written by hand.
///
/// A plugin that can describe the network it wants conforms to ``StatePlugin`` instead and gets every verb
/// from the description. `@main` on the type makes it an executable.
public protocol Plugin: Sendable {
    /// What the plugin reads of the configuration; `Void` for nothing.
    ///
    /// One that is `Decodable` is decoded without more ado. Keys match without regard to case, as with Go's plugins.
    associatedtype Configuration: Sendable

    /// The plugin's name: the `type` of configurations and the name of its executable.
    static var name: String { get }
    /// A line for people who start it by hand.
    static var about: String { get }
    /// The versions of the specification that it speaks.
    static var supportedVersions: [SpecVersion] { get }

    /// Every key that the plugin reads of its configuration, beside those that all plugins have: from the top on, with
    /// `[]` for the elements of a list, as in `vlanTrunk[].minID`; nil if it does not say.
    ///
    /// Validation warns of others.
    static var keys: [String]? { get }
    /// Right values of the keys without which the plugin refuses everything else, by path as in ``keys``.
    ///
    /// A search for all mistakes continues with them behind a mistake there.
    static var examples: [String: JSON] { get }

    /// Whether, as an IPAM plugin, it needs the container's interface: it asks for addresses over it, and gives them back.
    ///
    /// Such a one is asked when the interface is there, and gives back before that is taken away; others are asked first.
    static var needsInterface: Bool { get }

    /// Does what the executable can do besides being a plugin, such as a daemon that the plugin asks; nil for words of the
    /// command line that name nothing of that kind.
    ///
    /// - Parameter words: What comes after the plugin's name.
    /// - Returns: The exit status.
    static func program(_ words: [String]) -> Int32?

    /// Throws what an ADD would refuse of the configuration on any machine, without looking at this one.
    static func validate(_ network: NetworkConfiguration) throws(CNIError)

    /// What the plugin accepts and a person would not want, each with its place.
    static func advice(on network: NetworkConfiguration) -> [CNIError]

    /// The configuration with which the plugin calls another one beside `ipam`, as far as it follows from its own; nil if
    /// it calls none.
    ///
    /// Validation has the other plugin judge it.
    static func delegated(_ network: NetworkConfiguration) -> DelegatedConfiguration?

    /// Reads what the plugin wants of the configuration, and refuses what it cannot understand.
    static func configuration(from document: JSON) throws(CNIError) -> Configuration

    /// The configuration with what the plugin knows from elsewhere, such as a file that an agent has written; nil if
    /// it is complete as it is.
    ///
    /// Called before everything else. What is completed is what the plugin and the IPAM plugin get to see.
    static func completed(
        _ network: NetworkConfiguration, for command: Command
    ) throws(CNIError) -> NetworkConfiguration?

    /// Creates the plugin for one run.
    init()

    /// Attaches a container.
    func add(_ request: Request<Configuration>) throws(CNIError) -> CNIResult
    /// Verifies an attachment; throws what is wrong with it.
    func check(_ request: Request<Configuration>) throws(CNIError)
    /// Detaches a container. Succeeds if there is nothing to detach.
    func delete(_ request: Request<Configuration>) throws(CNIError)
    /// Removes what belongs to no valid attachment.
    func collect(_ request: NetworkRequest<Configuration>) throws(CNIError)
    /// Throws if the plugin cannot take attachments (code 50 or 51).
    func status(_ request: NetworkRequest<Configuration>) throws(CNIError)
    /// Detaches a container although the plugin's part of the configuration cannot be read any more.
    ///
    /// - Parameter error: What is wrong with the configuration.
    static func delete(unreadable request: Request<Void>, _ error: CNIError) throws(CNIError)
    /// Removes what belongs to no valid attachment although the plugin's part of the configuration cannot be read.
    static func collect(unreadable request: NetworkRequest<Void>, _ error: CNIError) throws(CNIError)
    /// What ADD or DEL, as the request says, would do; changes nothing.
    func plan(_ request: Request<Configuration>) throws(CNIError) -> Plan
    /// Brings an attachment back to what CHECK demands, and returns the steps.
    ///
    /// - Parameters:
    ///   - request: As for CHECK.
    ///   - isRehearsal: Whether the steps are only told, not done.
    func repair(_ request: Request<Configuration>, isRehearsal: Bool) throws(CNIError) -> Plan
}

extension Plugin {
    /// All versions of the specification.
    public static var supportedVersions: [SpecVersion] { SpecVersion.all }

    /// Needs no interface.
    public static var needsInterface: Bool { false }

    /// Is nothing besides the plugin.
    public static func program(_ words: [String]) -> Int32? { nil }

    /// Takes the configuration as it is.
    public static func completed(
        _ network: NetworkConfiguration, for command: Command
    ) throws(CNIError) -> NetworkConfiguration? { nil }

    /// The plugin's name.
    public static var about: String { "CNI plugin \(name)" }

    /// Says that the plugin has no garbage collection.
    public func collect(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        throw CNIError(.unsupportedField, "plugin \(Self.name) does not support GC")
    }

    /// Has nothing to repair: verifies the attachment.
    public func repair(_ request: Request<Configuration>, isRehearsal: Bool) throws(CNIError) -> Plan {
        try check(request)
        return Plan()
    }

    /// Says that the plugin cannot tell its status.
    public func status(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        throw CNIError(.unsupportedField, "plugin \(Self.name) does not support STATUS")
    }
}

extension Plugin {
    /// Says what is wrong with the configuration: nothing can be done without.
    public static func delete(unreadable request: Request<Void>, _ error: CNIError) throws(CNIError) {
        throw error
    }

    /// Says what is wrong with the configuration: nothing can be done without.
    public static func collect(unreadable request: NetworkRequest<Void>, _ error: CNIError) throws(CNIError) {
        throw error
    }
}

extension Plugin where Configuration: Decodable {
    /// Decodes the configuration.
    public static func configuration(from document: JSON) throws(CNIError) -> Configuration {
        try document.decode(Configuration.self)
    }
}

extension Plugin where Configuration == Void {
    /// Reads nothing.
    public static func configuration(from document: JSON) throws(CNIError) {}
}
