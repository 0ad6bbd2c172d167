// SPDX-License-Identifier: Apache-2.0

internal import CNIRuntime

/// What to do CHECK and DEL with: what ADD was done with, as the cache has it, else what the command line says.
enum StoredRequest {
    /// Has the runtime do a verb with it, until it is interrupted; returns what that was done with.
    static func perform(
        _ attachment: AttachmentArguments, _ configuration: ConfigurationOptions, _ options: RuntimeOptions,
        _ verb:
            @escaping @Sendable (
                Runtime, NetworkConfigurationList, AttachmentRequest
            ) async throws(RuntimeError) -> Void
    ) async throws -> (NetworkConfigurationList, AttachmentRequest) {
        let (network, request) = try find(attachment, configuration, options.caching)
        try await Interruption.cancelling {
            try await explaining(attachment) { () throws(RuntimeError) in
                try await verb(options.runtime(), network, request)
            }
        }
        return (network, request)
    }

    static func find(
        _ attachment: AttachmentArguments, _ configuration: ConfigurationOptions, _ caching: CacheOptions
    ) throws(Failure) -> (NetworkConfigurationList, AttachmentRequest) {
        var request = try attachment.request()
        // What is damaged is the runtime's to judge: DEL goes on without it, CHECK does not.
        guard let name = try? NetworkName(attachment.network),
            let entry = try? caching.cache.entry(of: request.attachment(to: name))
        else { return (try configuration.network(named: attachment.network), request) }
        // Who gives arguments now means these.
        if request.arguments.isEmpty { request.arguments = entry.request.arguments }
        if request.capabilities.isEmpty { request.capabilities = entry.request.capabilities }
        if let list = entry.list { return (list, request) }
        return (try configuration.network(named: attachment.network), request)
    }
}
