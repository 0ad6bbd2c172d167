// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import VXLANOverlay

/// The flannel plugin: attaches a container with another plugin, to which it says the node's subnet.
///
/// flannel's daemon writes what that is into a file. What the other plugin was called with is kept, so that a DEL takes
/// away what the ADD has made whatever the node's subnet is by then.
public struct FlannelPlugin: Plugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = FlannelConfiguration

    /// The plugin's name.
    public static let name = "flannel"
    /// A line for people.
    public static let about = "CNI flannel plugin: has another plugin attach containers to the node's subnet"

    /// Every key that it reads.
    public static let keys: [String]? = FlannelConfiguration.keys

    /// Reads the keys, and the delegate's as far as all plugins have them.
    public static func validate(_ network: NetworkConfiguration) throws(CNIError) {
        _ = try configuration(from: network.raw).delegateConfiguration(nil, of: network)
    }

    /// The delegate's configuration, without what the daemon's file says.
    public static func delegated(_ network: NetworkConfiguration) -> DelegatedConfiguration? {
        let configuration = FlannelConfiguration(remains: JSONCursor(network.raw))
        let delegate = try? configuration.delegateConfiguration(nil, of: network)
        return delegate.map { DelegatedConfiguration(key: "delegate", network: $0) }
    }

    /// Creates the plugin.
    public init() {}

    /// Reads the keys.
    public static func configuration(from document: JSON) throws(CNIError) -> FlannelConfiguration {
        try FlannelConfiguration(JSONCursor(document))
    }

    /// Keeps the delegate's configuration, and has it attach; if it refuses, what was kept before is there again.
    ///
    /// - Throws: ``CNIError/Code/tryAgainLater`` as long as the daemon's file is not there.
    public func add(_ request: Request<Configuration>) throws(CNIError) -> CNIResult {
        let network = try configuration(forAdding: request)
        let kept = try request.configuration.kept.keep(network, for: request.attachment)
        do throws(CNIError) {
            return try request.delegate(network).add()
        } catch {
            throw error.adding(attempt { () throws(CNIError) in try kept.undo() })
        }
    }

    /// Has the delegate verify the attachment.
    public func check(_ request: Request<Configuration>) throws(CNIError) {
        try delegate(forExisting: request).check()
    }

    /// Has the delegate detach, and forgets its configuration.
    public func delete(_ request: Request<Configuration>) throws(CNIError) {
        try request.detach()
    }

    /// Does the same.
    public static func delete(unreadable request: Request<Void>, _ error: CNIError) throws(CNIError) {
        try request.detach()
    }

    /// Has the delegates collect garbage, also those that kept configurations name, and forgets what is not valid.
    public func collect(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        try request.collect()
    }

    /// Does the same.
    public static func collect(unreadable request: NetworkRequest<Void>, _ error: CNIError) throws(CNIError) {
        try request.collect()
    }

    /// Whether the daemon's file is there, and the delegate can attach.
    public func status(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        let file: SubnetFile
        do throws(CNIError) {
            file = try request.configuration.requireSubnetFile(.pluginNotAvailable)
        } catch {
            throw CNIError(.pluginNotAvailable, error.message, details: error.details)
        }
        let network = try request.configuration.delegateConfiguration(file, of: request.network)
        try request.delegate(network).status()
    }

    /// What the delegate would do, and what would be kept or forgotten.
    public func plan(_ request: Request<Configuration>) throws(CNIError) -> Plan {
        let kept = request.configuration.kept
        if request.command == .add {
            let network = try configuration(forAdding: request)
            var plan = try request.delegate(network).plan(.add)
            plan.steps.insert("flannel: write \(try kept.path(for: request.attachment))", at: 0)
            return plan
        }
        var plan = try request.delegate(request.configurationForDetaching()).plan(.delete)
        if let file = try kept.file(of: request.attachment) {
            plan.steps.append("flannel: remove \(file.path)")
        }
        return plan
    }

    /// Has the delegate repair the attachment.
    public func repair(_ request: Request<Configuration>, isRehearsal: Bool) throws(CNIError) -> Plan {
        try delegate(forExisting: request).repair(isRehearsal: isRehearsal)
    }

    private func configuration(
        forAdding request: Request<Configuration>
    ) throws(CNIError) -> NetworkConfiguration {
        let file = try request.configuration.requireSubnetFile(.tryAgainLater)
        return try request.configuration.delegateConfiguration(file, of: request.network)
    }

    /// The delegate with what it was called with; with what it would be called with now, if that was not kept.
    private func delegate(forExisting request: Request<Configuration>) throws(CNIError) -> Delegate {
        let configuration = request.configuration
        if let network = try request.keptConfiguration(in: configuration.kept) {
            return request.delegate(network)
        }
        let file = try configuration.requireSubnetFile(.pluginNotAvailable)
        return request.delegate(try configuration.delegateConfiguration(file, of: request.network))
    }
}
