// SPDX-License-Identifier: Apache-2.0

extension Runtime {
    /// Verifies an attachment: CHECK of every plugin in order, each with the cached result of ADD.
    ///
    /// Ends at the first plugin that finds a fault. The request must be that of ADD, which
    /// ``ResultCache/entry(of:)`` knows. With `disableCheck` it does nothing and succeeds.
    ///
    /// - Throws: ``RuntimeError/Reason/wrongState`` for an attachment that is not there,
    ///   ``RuntimeError/Reason/invalid`` for a network in a version before 0.4.0.
    public func check(
        _ network: NetworkConfigurationList, _ request: AttachmentRequest
    ) async throws(RuntimeError) {
        if network.disableCheck { return }
        do throws(RuntimeError) {
            let configuration = RequestConfiguration(
                network: network, version: try await version(of: network))
            guard configuration.version.supportsCheck else {
                throw RuntimeError(
                    .invalid,
                    CNIError(
                        .incompatibleVersion,
                        "configuration version \(configuration.version) does not support the CHECK command"))
            }
            try validate(.check, request, configuration)
            let lock = try await OperationLock.attachment(
                request.containerID, on: network.name, in: cache)
            defer { withExtendedLifetime(lock) {} }
            let attachment = request.attachment(to: network.name)
            let cache = cache
            let entry = try cache.entry(of: attachment)
            guard let result = entry?.result else {
                throw RuntimeError(
                    .wrongState,
                    CNIError(
                        .unknownContainer,
                        "container \(request.containerID) is not attached by \(request.interface)"))
            }
            let previous = try configuration.converted(result)
            for plugin in network.plugins {
                _ = try await call(.check, plugin, request, previousResult: previous, in: configuration)
            }
        } catch {
            throw error.located(.check, network)
        }
    }
}
