// SPDX-License-Identifier: Apache-2.0

internal import CNIRuntime

/// What to do CHECK and DEL with: what ADD was done with, as the cache has it, else what the command line says.
enum StoredRequest {
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
