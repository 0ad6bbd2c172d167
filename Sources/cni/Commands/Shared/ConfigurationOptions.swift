// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime

struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .customLong("config-dir"),
        help: ArgumentHelp(
            "The folder of network configurations (default: NETCONFPATH, else /etc/cni/net.d).",
            valueName: "folder"),
        completion: .directory)
    var given: String?

    var folder: String { given ?? Self.usualFolder }

    private static var usualFolder: String { variable("NETCONFPATH") ?? "/etc/cni/net.d" }

    func read() throws(Failure) -> ConfigurationFolder {
        do throws(RuntimeError) {
            return try ConfigurationFolder(reading: folder)
        } catch {
            throw Failure(error)
        }
    }

    /// What is wrong with a folder of which all networks were asked for: files that cannot be used, or no network at all.
    func failures(in contents: ConfigurationFolder) -> [Failure] {
        if !contents.isThere { return [Self.noFolder(contents)] }
        if contents.problems.isEmpty, contents.networks.isEmpty {
            return [
                Failure(
                    "there are no networks in \(contents.path)",
                    hints: ["NETCONFPATH or --config-dir names another folder"])
            ]
        }
        return contents.problems.map { problem in
            Failure(
                "\(problem.path) cannot be used: \(problem.reason)",
                hints: ["`cni validate \(problem.path.quotedForShell)` says what is wrong with that file"])
        }
    }

    /// The failure of a folder that is not there.
    static func noFolder(_ contents: ConfigurationFolder) -> Failure {
        Failure(
            "there are no networks in \(contents.path): there is no such folder",
            hints: ["NETCONFPATH or --config-dir names another folder"])
    }

    /// The network of a name.
    func network(named name: String) throws(Failure) -> NetworkConfigurationList {
        let contents = try read()
        if let network = contents.networks.first(where: { $0.name.rawValue == name }) { return network }
        throw Self.noNetwork(name, contents)
    }

    private static func noNetwork(_ name: String, _ contents: ConfigurationFolder) -> Failure {
        var failure = Failure("there is no network \"\(name)\" in \(contents.path)")
        let names = contents.networks.map(\.name.rawValue)
        failure.hints.append(
            names.isEmpty
                ? "there are no networks in \(contents.path)" : "there are: \(names.joined(separator: ", "))")
        failure.hints.append("NETCONFPATH or --config-dir names another folder")
        failure.details = contents.problems.map { "left out: \($0)" }
        if let problem = contents.problems.first {
            failure.hints.append(
                "`cni validate \(problem.path.quotedForShell)` says what is wrong with that file")
        }
        return failure
    }

    /// The names of networks, for a shell to complete.
    static let completion = CompletionKind.custom { (words: [String], _: Int, _: String) -> [String] in
        let flag = words.lastIndex(of: "--config-dir").map { $0 + 1 }
        let given = flag.flatMap { words.indices.contains($0) ? words[$0] : nil }
        let contents = try? ConfigurationFolder(reading: given ?? usualFolder)
        return contents?.networks.map(\.name.rawValue) ?? []
    }
}
