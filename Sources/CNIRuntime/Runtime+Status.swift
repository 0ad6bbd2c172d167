// SPDX-License-Identifier: Apache-2.0

extension Runtime {
    /// Asks every plugin in order whether it could do ADD now (STATUS).
    ///
    /// A network in a version before 1.1.0 cannot be asked: that is success.
    ///
    /// - Throws: The first error, usually ``CNIError/Code/pluginNotAvailable`` or
    ///   ``CNIError/Code/limitedConnectivity``.
    public func status(_ network: NetworkConfigurationList) async throws(RuntimeError) {
        do throws(RuntimeError) {
            let version = try await version(of: network)
            guard version.supportsStatus else { return }
            let configuration = RequestConfiguration(network: network, version: version)
            for plugin in network.plugins {
                _ = try await call(
                    .status, configuration.status(plugin),
                    environment.variables(.status, folders: pluginFolders))
            }
        } catch {
            throw error.located(.status, network)
        }
    }
}
