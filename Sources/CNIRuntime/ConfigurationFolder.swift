// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

/// The network configurations in a folder, as they were when it was read.
///
/// Files count in the order of their names: lists (`.conflist`) first, then single plugins (`.conf`, `.json`).
/// Of two networks of one name the first counts. A file that cannot be used is a problem, and hides no other.
/// A list without `loadOnlyInlinedPlugins` also gets the plugins of the `.conf` files in the folder of the
/// network's name, in the order of their names; if one of those cannot be used, neither can the network: a
/// network that silently lacks, say, its firewall would be worse than none.
public struct ConfigurationFolder: Sendable {
    /// A network and where it comes from.
    public struct File: Sendable {
        /// The file.
        public let path: String
        /// The network, with the plugins of ``additions``.
        public let network: NetworkConfigurationList
        /// The files that added plugins, in order.
        public let additions: [String]
    }

    /// The folder.
    public let path: String
    /// Whether there is such a folder.
    public let isThere: Bool
    /// The networks that can be used, each name once.
    public let files: [File]
    /// The files that cannot be used.
    public let problems: [Problem]

    /// Reads a folder; one that does not exist is empty.
    ///
    /// - Throws: ``RuntimeError/Reason/invalid``, with ``CNIError/Code/ioFailure``, for a folder that cannot be
    ///   read.
    public init(reading path: String = "/etc/cni/net.d") throws(RuntimeError) {
        self.path = path
        var reader = ConfigurationReader(folder: path)
        do throws(SystemError) {
            try reader.read()
        } catch {
            throw RuntimeError(.invalid, CNIError(.ioFailure, error.description))
        }
        files = reader.files
        problems = reader.problems
        isThere = reader.isThere
    }

    /// The networks that can be used.
    public var networks: [NetworkConfigurationList] { files.map(\.network) }

    /// The network of a name.
    ///
    /// - Throws: ``RuntimeError/Reason/invalid``, with the problems of the folder, if there is none.
    public func network(named name: String) throws(RuntimeError) -> NetworkConfigurationList {
        if let file = files.first(where: { $0.network.name.rawValue == name }) { return file.network }
        let details = problems.isEmpty ? nil : problems.map(\.description).joined(separator: "\n")
        throw RuntimeError(
            .invalid,
            CNIError(
                .invalidConfiguration,
                files.isEmpty && problems.isEmpty
                    ? "no net configurations found in \(path)"
                    : "no net configuration with name \"\(name)\" in \(path)",
                details: details))
    }
}
