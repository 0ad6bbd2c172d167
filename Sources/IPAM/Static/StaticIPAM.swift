// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// Static IPAM: the addresses that the configuration or the runtime says.
///
/// It keeps no state: the planner of the addresses ensures that they are used once.
public struct StaticIPAM: Sendable {
    private let network: NetworkConfiguration
    private let arguments: CNIArguments

    /// Reads a configuration and the arguments from `CNI_ARGS`.
    ///
    /// Throws nothing, so that DEL and GC work with any configuration: what is wrong with it comes out of
    /// ``validate()`` and of the operations that need it.
    public init(configuration: NetworkConfiguration, arguments: CNIArguments) throws(CNIError) {
        network = configuration
        self.arguments = arguments
    }

    private func configuration() throws(CNIError) -> StaticConfiguration {
        try StaticConfiguration(network, arguments)
    }

    /// Checks the whole configuration.
    ///
    /// - Throws: ``CNIError/Code/invalidConfiguration``, or ``CNIError/Code/invalidEnvironment`` if it is
    ///   `CNI_ARGS`; the details name the place.
    public func validate() throws(CNIError) {
        _ = try configuration()
    }

    /// Returns the addresses, routes and DNS settings of the configuration; there may be no address.
    ///
    /// - Throws: as ``validate()``.
    public func add(_ attachment: Attachment) throws(CNIError) -> CNIResult {
        let configuration = try configuration()
        return CNIResult(ips: configuration.addresses, routes: configuration.routes, dns: configuration.dns)
    }

    /// Checks that the previous result has every address, with its gateway where one is configured.
    ///
    /// - Throws: ``CNIError/Code/addressMissing``, ``CNIError/Code/invalidConfiguration`` if there is no
    ///   previous result, and as ``validate()``.
    public func check(_ attachment: Attachment, previous: CNIResult?) throws(CNIError) {
        let configuration = try configuration()
        guard let previous else {
            throw CNIError(.invalidConfiguration, "Required prevResult missing")
        }
        for wanted in configuration.addresses {
            let present = previous.ips.filter { $0.address.address == wanted.address.address }
            if present.contains(where: { wanted.gateway == nil || $0.gateway == wanted.gateway }) { continue }
            throw CNIError(
                .addressMissing,
                "static: Failed to match addr \(wanted.address.address) on interface \(attachment.interface)",
                details: present.isEmpty
                    ? "the previous result does not have the address"
                    : "the previous result has another gateway than \(wanted.gateway?.description ?? "none")")
        }
    }

    /// Does nothing: there is no state.
    public func delete(_ attachment: Attachment) throws(CNIError) {}

    /// Does nothing: there is no state.
    public func collect(keeping attachments: Set<AttachmentReference>) throws(CNIError) {}

    /// Checks the configuration (STATUS); there is nothing that could run out.
    ///
    /// - Throws: as ``validate()``.
    public func status() throws(CNIError) {
        try validate()
    }
}
