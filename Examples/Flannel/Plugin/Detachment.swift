// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import VXLANOverlay

extension FlannelConfiguration {
    /// Where the delegates' configurations are kept.
    var kept: KeptConfigurations { KeptConfigurations(folder: dataDir) }

    /// The delegate's configuration for taking away: the file's part may be missing, or another one by now.
    fileprivate func remainingConfiguration(
        of network: NetworkConfiguration
    ) throws(CNIError) -> NetworkConfiguration {
        try delegateConfiguration((try? readSubnetFile()) ?? nil, of: network)
    }
}

extension Request {
    /// What can be read of the keys: a deletion must not fail for what an ADD would have refused.
    private var remains: FlannelConfiguration { FlannelConfiguration(remains: JSONCursor(network.raw)) }

    /// What the attachment's delegate was called with, and what the runtime gives now; nil if that was not kept.
    func keptConfiguration(in kept: KeptConfigurations) throws(CNIError) -> NetworkConfiguration? {
        guard let network = try kept.file(of: attachment)?.network else { return nil }
        return try NetworkConfiguration(json: network.raw.called(as: self.network))
    }

    /// What the delegate has to be called with for a DEL.
    func configurationForDetaching() throws(CNIError) -> NetworkConfiguration {
        let configuration = remains
        // What was kept and cannot be called any more is as good as not kept.
        if let network = try? keptConfiguration(in: configuration.kept) { return network }
        return try configuration.remainingConfiguration(of: network)
    }

    /// Has the delegate detach, and forgets its configuration when it has.
    func detach() throws(CNIError) {
        let kept = remains.kept
        let file = try kept.file(of: attachment)
        try delegate(configurationForDetaching()).delete()
        if let file { try kept.remove(file) }
    }
}

extension NetworkRequest {
    /// Has each delegate of the network's attachments collect garbage, and forgets the configurations of those that are
    /// not valid.
    func collect() throws(CNIError) {
        let configuration = FlannelConfiguration(remains: JSONCursor(network.raw))
        let files = try configuration.kept.files(of: network.name)
        var networks = [try configuration.remainingConfiguration(of: network)]
        for file in files {
            guard let kept = file.network else { continue }
            let network = try NetworkConfiguration(json: kept.raw.called(as: self.network))
            let isKnown = networks.contains { $0.type == network.type && $0.ipam == network.ipam }
            if !isKnown { networks.append(network) }
        }
        var failure: CNIError?
        for network in networks {
            let error = attempt { () throws(CNIError) in try delegate(network).collect() }
            failure = failure?.adding(error) ?? error
        }
        if let failure { throw failure }
        let valid = network.validAttachments ?? []
        for file in files
        where !KeptConfigurations.isValid(file, among: valid, of: network.name) {
            try configuration.kept.remove(file)
        }
    }
}
