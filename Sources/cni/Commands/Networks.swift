// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime

struct Networks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "networks",
        abstract: "List the networks that are configured, and the files that cannot be used.",
        usage: "cni networks [options]",
        discussion: """
            Of two networks of one name the first counts, in the order of the files' names.

              cni networks
              NETCONFPATH=./net.d cni networks
            """)

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var plugins: PluginOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let folder = try configuration.read()
        guard folder.isThere else { throw ConfigurationOptions.noFolder(folder) }
        let installed = Set(PluginFolders(reading: plugins.folders).files.map(\.name))
        let networks = folder.files.map { ListedNetwork($0, installed) }
        if output.isJSON {
            Console.output.document([
                "folder": .string(folder.path), "networks": .array(networks.map(\.json)),
                "problems": .array(folder.problems.map(\.json)),
            ])
        } else {
            print(networks, in: folder)
        }
        let isSound = folder.problems.isEmpty && networks.allSatisfy { $0.missing.isEmpty }
        if !isSound { throw ExitCode.failure }
    }

    private func print(_ networks: [ListedNetwork], in folder: ConfigurationFolder) {
        if networks.isEmpty {
            Console.output.line("no networks in \(folder.path)")
        } else {
            var table = Table("NETWORK", "VERSIONS", "PLUGINS", "FILE")
            for network in networks {
                let list = network.file.network
                table.add(
                    "\(list.name.rawValue)", "\(list.versions.map(\.description).joined(separator: " "))",
                    "\(list.pluginNames.joined(separator: ", "))", "\(network.file.path)")
            }
            table.print()
        }
        for network in networks where !network.missing.isEmpty {
            let missing = network.missing.joined(separator: ", ")
            Console.error.line("\("problem:", .red) \(network.file.path): no plugin \(missing)")
        }
        for problem in folder.problems {
            Console.error.line("\("problem:", .red) \(problem.path): \(problem.reason)")
        }
        if networks.contains(where: { !$0.missing.isEmpty }) {
            let folders = plugins.folders.joined(separator: ", ")
            Console.error.line("\("hint:", .yellow) plugins were looked for in \(folders)")
            Console.error.line("\("hint:", .yellow) CNI_PATH or --plugin-path sets the folders")
        }
        if !folder.problems.isEmpty {
            Console.error.line("\("hint:", .yellow) `cni validate` says what is wrong in files")
        }
    }
}

/// A network with the plugins that it needs and that are not there.
private struct ListedNetwork {
    let file: ConfigurationFolder.File
    let missing: [String]

    init(_ file: ConfigurationFolder.File, _ installed: Set<String>) {
        self.file = file
        missing = file.network.pluginTypes.filter { !installed.contains($0) }
    }

    var json: JSON {
        [
            "name": .string(file.network.name.rawValue), "file": .string(file.path),
            "additions": JSON(file.additions), "versions": JSON(file.network.versions.map(\.description)),
            "plugins": .array(
                file.network.plugins.map { plugin in
                    var members: JSONObject = ["type": plugin["type"] ?? .null]
                    if let ipam = plugin["ipam"]?["type"]?.string, !ipam.isEmpty {
                        members["ipam"] = .string(ipam)
                    }
                    return .object(members)
                }),
            "missingPlugins": JSON(missing),
        ]
    }
}
