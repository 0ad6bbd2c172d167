// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// Reads a folder of network configurations.
struct ConfigurationReader {
    let folder: String
    private(set) var files: [ConfigurationFolder.File] = []
    private(set) var problems: [Problem] = []
    private(set) var isThere = true

    init(folder: String) { self.folder = folder }

    mutating func read() throws(SystemError) {
        let names: [String]
        do throws(SystemError) {
            names = try Directory.names(in: folder)
        } catch  where error.errno == ENOENT {
            isThere = false
            return
        }
        for name in names where name.hasSuffix(".conflist") { add(name, isList: true) }
        for name in names where name.hasSuffix(".conf") || name.hasSuffix(".json") {
            add(name, isList: false)
        }
    }

    private mutating func add(_ name: String, isList: Bool) {
        let path = "\(folder)/\(name)"
        do throws(CNIError) {
            guard let document = try Self.document(path) else { return }
            let own =
                isList
                ? try NetworkConfigurationList(json: document)
                : try NetworkConfigurationList(plugin: document)
            if let first = files.first(where: { $0.network.name == own.name }) {
                throw CNIError(
                    .invalidConfiguration, "the network \"\(own.name)\" is already that of \(first.path)")
            }
            let (plugins, additions) = isList ? try self.additions(to: own) : ([], [])
            let network = try own.adding(plugins)
            if network.plugins.isEmpty {
                throw CNIError(.invalidConfiguration, "no plugin configs found")
            }
            files.append(ConfigurationFolder.File(path: path, network: network, additions: additions))
        } catch {
            problems.append(Problem(path: path, reason: error.description))
        }
    }

    /// The plugins of the files in the network's own folder.
    private func additions(
        to network: NetworkConfigurationList
    ) throws(CNIError) -> (plugins: [JSON], paths: [String]) {
        if network.loadOnlyInlinedPlugins { return ([], []) }
        let folder = "\(folder)/\(network.name)"
        let names: [String]
        do throws(SystemError) {
            names = try Directory.names(in: folder)
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            return ([], [])
        } catch {
            throw CNIError(.ioFailure, error.description)
        }
        var plugins: [JSON] = []
        var paths: [String] = []
        for name in names where name.hasSuffix(".conf") {
            let path = "\(folder)/\(name)"
            do throws(CNIError) {
                guard let plugin = try Self.document(path) else { continue }
                // Checked alone, so that the error is about this file.
                _ = try NetworkConfigurationList(
                    json: ["name": .string(network.name.rawValue), "plugins": [plugin]])
                plugins.append(plugin)
                paths.append(path)
            } catch {
                throw error.during(path)
            }
        }
        return (plugins, paths)
    }

    /// A file's content, or nil for a folder.
    private static func document(_ path: String) throws(CNIError) -> JSON? {
        let content = try CNIError.wrapping { () throws(SystemError) -> [UInt8]? in
            try FileStatus(of: path).isRegularFile ? File.read(path) : nil
        }
        return try content.map { bytes throws(CNIError) in try JSON(parsing: bytes) }
    }
}
