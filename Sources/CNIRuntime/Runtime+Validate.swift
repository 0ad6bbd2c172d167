// SPDX-License-Identifier: Apache-2.0

extension Runtime {
    /// Checks everything that can be before a plugin is called: the request, each plugin's part of the
    /// configuration, and that it has an executable.
    func validate(
        _ command: Command, _ request: AttachmentRequest, _ configuration: RequestConfiguration
    ) throws(RuntimeError) {
        do throws(CNIError) {
            guard !(request.namespacePath ?? "").isEmpty else {
                throw CNIError(.invalidEnvironment, "there is no network namespace")
            }
            _ = try environment.variables(command, folders: pluginFolders, request)
        } catch {
            throw RuntimeError(.invalid, error)
        }
        for plugin in configuration.network.plugins {
            do throws(CNIError) {
                let document = try configuration.attachment(plugin, request, previousResult: nil)
                _ = try NetworkConfiguration(json: document)
            } catch {
                throw RuntimeError(.invalid, error, plugin: plugin["type"]?.string)
            }
            _ = try path(ofPlugin: plugin["type"]?.string ?? "")
        }
    }
}

extension RequestConfiguration {
    /// A result in a form that fits a request, or the error that it cannot be.
    func converted(_ result: JSON) throws(RuntimeError) -> JSON {
        do throws(CNIError) {
            return try previousResult(result)
        } catch {
            throw RuntimeError(.badAnswer, error, network: network.name.rawValue)
        }
    }
}

extension RuntimeError {
    /// This error with its place, where it has none yet.
    func located(_ command: Command, _ network: NetworkConfigurationList) -> RuntimeError {
        var error = self
        error.command = error.command ?? command
        error.network = error.network ?? network.name.rawValue
        return error
    }
}
