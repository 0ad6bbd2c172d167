// SPDX-License-Identifier: Apache-2.0

extension Runtime {
    /// Attaches a container: ADD of every plugin in order, each with the result of the one before.
    ///
    /// If a plugin fails, or the result cannot be stored, or the task is cancelled, everything is undone before the
    /// error is thrown: DEL of the plugin that failed and of those before it, newest first, with the last result
    /// that there is. What fails of that is in the error's ``RuntimeError/others``; a DEL of the attachment then is
    /// still to be done.
    ///
    /// - Throws: ``RuntimeError/Reason/wrongState`` for an attachment that is there already.
    public func add(
        _ network: NetworkConfigurationList, _ request: AttachmentRequest
    ) async throws(RuntimeError) -> CNIResult {
        do throws(RuntimeError) {
            let configuration = RequestConfiguration(
                network: network, version: try await version(of: network))
            try validate(.add, request, configuration)
            let lock = try await OperationLock.attachment(
                request.containerID, on: network.name, in: cache, .writable)
            defer { withExtendedLifetime(lock) {} }
            try requireNoEntry(of: request.attachment(to: network.name))
            return try await addAll(request, configuration)
        } catch {
            throw error.located(.add, network)
        }
    }

    private func addAll(
        _ request: AttachmentRequest, _ configuration: RequestConfiguration
    ) async throws(RuntimeError) -> CNIResult {
        var last: (document: JSON, result: CNIResult)?
        var begun: [JSON] = []
        do throws(RuntimeError) {
            for plugin in configuration.network.plugins {
                let previous = try last.map { (last) throws(RuntimeError) in
                    try configuration.converted(last.document)
                }
                begun.append(plugin)
                last = try await add(plugin, request, previous, configuration)
            }
            guard let last else {
                throw RuntimeError(.invalid, CNIError(.invalidConfiguration, "no plugin configs found"))
            }
            let entry = CacheEntry(
                network: configuration.network.name, request: request,
                configuration: configuration.network.raw, result: last.document)
            let cache = cache
            try await onOwnThread { () throws(RuntimeError) in try cache.store(entry) }
            return last.result
        } catch {
            var error = error
            if error.reason == .notStarted || error.reason == .notFound { begun.removeLast() }
            error.others += await undo(begun, request, last?.document, configuration)
            throw error
        }
    }

    private func add(
        _ plugin: JSON, _ request: AttachmentRequest, _ previous: JSON?,
        _ configuration: RequestConfiguration
    ) async throws(RuntimeError) -> (document: JSON, result: CNIResult) {
        let answer = try await call(.add, plugin, request, previousResult: previous, in: configuration)
        do throws(CNIError) {
            guard var document = answer else {
                throw CNIError(.decodingFailure, "printed no result")
            }
            if document.isNull { document = .object([:]) }
            if (document["cniVersion"]?.string ?? "").isEmpty, document.object != nil {
                document["cniVersion"] = JSON(configuration.version)
            }
            return (document, try CNIResult(json: document, version: configuration.version))
        } catch {
            throw RuntimeError(.badAnswer, error, command: .add, plugin: plugin["type"]?.string)
        }
    }

    /// DEL of plugins that were called, newest first; returns what failed.
    private func undo(
        _ begun: [JSON], _ request: AttachmentRequest, _ result: JSON?,
        _ configuration: RequestConfiguration
    ) async -> [RuntimeError] {
        // A task of its own: that this one is cancelled is a reason to undo, not to stop undoing.
        await Task {
            await deleteAll(begun, request, result, configuration)
        }.value
    }

    private func requireNoEntry(of attachment: Attachment) throws(RuntimeError) {
        let path = cache.path(of: attachment)
        func refusal(_ text: String) -> RuntimeError {
            RuntimeError(.wrongState, CNIError(.invalidEnvironment, text, details: path))
        }
        // File names have room for 255 bytes, and the new one needs five more.
        let name = path.utf8.count - cache.resultsPath.utf8.count - 1
        guard name <= 250 else {
            throw refusal("the names of network, container and interface are too long for a file")
        }
        if (try? cache.isOthers(attachment)) == true {
            throw refusal("another attachment has the file for the result")
        }
        if ((try? cache.entry(of: attachment)) ?? nil) != nil {
            throw refusal(
                "container \(attachment.containerID) is attached already, by \(attachment.interface); "
                    + "DEL comes first")
        }
    }
}
