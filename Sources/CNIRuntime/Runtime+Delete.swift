// SPDX-License-Identifier: Apache-2.0

extension Runtime {
    /// Detaches a container: DEL of every plugin in reverse order, each with the cached result of ADD.
    ///
    /// A plugin that fails does not keep the others from cleaning up, as in the reference implementation it does.
    /// The cached result goes when all have succeeded. One that is damaged, or that there is none, is no error: an
    /// attachment that never was can be detached, and as often as you like.
    ///
    /// - Throws: The error of the first plugin that failed, with those of the others in
    ///   ``RuntimeError/others``.
    public func delete(
        _ network: NetworkConfigurationList, _ request: AttachmentRequest
    ) async throws(RuntimeError) {
        do throws(RuntimeError) {
            let lock = try await OperationLock.attachment(
                request.containerID, on: network.name, in: cache)
            defer { withExtendedLifetime(lock) {} }
            try await deleteLocked(network, request)
        } catch {
            throw error.located(.delete, network)
        }
    }

    /// DEL, for who has the lock.
    func deleteLocked(
        _ network: NetworkConfigurationList, _ request: AttachmentRequest
    ) async throws(RuntimeError) {
        let configuration = RequestConfiguration(network: network, version: try await version(of: network))
        let attachment = request.attachment(to: network.name)
        let entry = (try? cache.entry(of: attachment)) ?? nil
        let errors = await deleteAll(network.plugins, request, entry?.result, configuration)
        if let error = RuntimeError.joined(errors) { throw error }
        try cache.remove(attachment)
    }

    /// DEL of plugins, the last one first; returns what failed.
    func deleteAll(
        _ plugins: [JSON], _ request: AttachmentRequest, _ result: JSON?,
        _ configuration: RequestConfiguration
    ) async -> [RuntimeError] {
        var previous: JSON?
        if let result, configuration.version >= .v0_4_0 {
            // Of a result that cannot be understood the plugins had better not know: they can do without.
            previous = try? configuration.converted(result)
        }
        var errors: [RuntimeError] = []
        for plugin in plugins.reversed() {
            do throws(RuntimeError) {
                _ = try await call(.delete, plugin, request, previousResult: previous, in: configuration)
            } catch {
                errors.append(error)
                if error.reason == .cancelled { break }
            }
        }
        return errors
    }
}
