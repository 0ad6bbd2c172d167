// SPDX-License-Identifier: Apache-2.0

public import NetworkState

/// A plugin that describes the network it wants, and gets ADD with rollback, CHECK, DEL, GC, STATUS and plans from that.
public protocol StatePlugin: Plugin {
    /// The network that an attachment wants.
    ///
    /// Asked for ADD with the addresses that IPAM has given, and before that without any if IPAM is another program; for
    /// CHECK and DEL with those of the earlier result; for GC and STATUS without an attachment. Describe what is known: a
    /// ``Concern`` says what only ADD or only CHECK is about.
    func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState

    /// Adds to the description what depends on what is there already, or refuses it.
    ///
    /// Asked for ADD, CHECK, STATUS and plans: what it adds is part of the one description.
    func prepare(
        _ state: inout NetworkState, given found: ObservedState, for request: StateRequest<Configuration>
    ) throws(CNIError)

    /// What IPAM has given, with what the plugin adds of its own: routes that the result of ADD lists, too.
    func supplement(_ addresses: CNIResult, for configuration: Configuration) -> CNIResult

    /// Checks the configuration as far as its types do not; called before anything else, except for DEL and GC.
    func validate(_ configuration: Configuration, _ network: NetworkConfiguration) throws(CNIError)
}

extension StatePlugin {
    /// Leaves the description as it is.
    public func prepare(
        _ state: inout NetworkState, given found: ObservedState, for request: StateRequest<Configuration>
    ) throws(CNIError) {}

    /// Adds nothing.
    public func supplement(_ addresses: CNIResult, for configuration: Configuration) -> CNIResult {
        addresses
    }

    /// Takes every configuration.
    public func validate(_ configuration: Configuration, _ network: NetworkConfiguration) throws(CNIError) {}
}
