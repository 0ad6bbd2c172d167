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

    /// The configuration with what somebody on the node allocates to the attachment beside IPAM, such as an agent: the
    /// network is described from that.
    ///
    /// ADD asks for it before anything is made, and gives it back with ``release(_:of:)`` if it fails. For CHECK and plans
    /// nothing may be changed. DEL, GC and STATUS describe the network without it.
    func allocate(
        _ purpose: Allocation, for request: Request<Configuration>
    ) throws(CNIError) -> Configuration

    /// Gives back what was allocated to an attachment, once nothing is left of its network; fine if nothing was.
    static func release(_ attachment: Attachment, of network: NetworkConfiguration) throws(CNIError)

    /// Gives back what was allocated to attachments of a network other than these.
    static func releaseAll(
        but valid: [AttachmentReference], of network: NetworkConfiguration
    ) throws(CNIError)

    /// Throws if nothing can be allocated: code 50 or 51 of the specification.
    static func requireAllocation(of network: NetworkConfiguration) throws(CNIError)

    /// Checks the configuration as far as its types do not; called before anything else, except for DEL and GC.
    func validate(_ configuration: Configuration, _ network: NetworkConfiguration) throws(CNIError)
}

extension StatePlugin {
    /// Leaves the description as it is.
    public func prepare(
        _ state: inout NetworkState, given found: ObservedState, for request: StateRequest<Configuration>
    ) throws(CNIError) {}

    /// Allocates nothing.
    public func allocate(
        _ purpose: Allocation, for request: Request<Configuration>
    ) throws(CNIError) -> Configuration { request.configuration }

    /// Nothing was allocated.
    public static func release(
        _ attachment: Attachment, of network: NetworkConfiguration
    ) throws(CNIError) {}

    /// Nothing was allocated.
    public static func releaseAll(
        but valid: [AttachmentReference], of network: NetworkConfiguration
    ) throws(CNIError) {}

    /// Needs nothing.
    public static func requireAllocation(of network: NetworkConfiguration) throws(CNIError) {}

    /// Adds nothing.
    public func supplement(_ addresses: CNIResult, for configuration: Configuration) -> CNIResult {
        addresses
    }

    /// Takes every configuration.
    public func validate(_ configuration: Configuration, _ network: NetworkConfiguration) throws(CNIError) {}
}

/// What an allocation is asked for.
public enum Allocation: Hashable, Sendable {
    /// To be used from now on: ADD.
    case use
    /// To be compared with what is there: CHECK.
    case comparison
    /// To be shown: a plan of ADD.
    case preview
}
