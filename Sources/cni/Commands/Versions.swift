// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime

struct Versions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions",
        abstract: "Ask every plugin which versions of CNI it speaks.",
        usage: "cni versions [options]",
        discussion: """
            Runs each executable in the plugin folders with VERSION, several at a time, five seconds at most. One that ends \
            without an answer, and that no network names, is no plugin and no error.

              cni versions
              CNI_PATH=/usr/lib/cni cni versions
            """)

    @OptionGroup var plugins: PluginOptions
    @OptionGroup var configuration: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "How long each plugin may take, in seconds; 0 for as long as it likes.", valueName: "seconds"))
    var timeout = Seconds(5)

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let installed = PluginFolders(reading: plugins.folders)
        // This tool may be beside the plugins, and is none.
        let files = installed.files.filter { $0.name != CNI.configuration.commandName }
        let answers = try await Interruption.cancelling { [plugins, timeout, output] in
            let runtime = Runtime(pluginFolders: plugins.folders, timeLimit: timeout.duration)
            return try await Self.ask(files, runtime, Progress(!output.isJSON))
        }
        // Without the configurations nobody knows what has to be a plugin.
        let needed = try? configuration.read().networks.flatMap(\.pluginTypes)
        let others = answers.filter { $0.isNoPlugin && needed?.contains($0.file.name) == false }
        let plugins = answers.filter { !$0.isNoPlugin || needed?.contains($0.file.name) != false }
        if output.isJSON {
            Console.output.document([
                "plugins": .array(plugins.map(\.json)), "others": .array(others.map(\.json)),
                "problems": .array(installed.problems.map(\.json)),
            ])
        } else {
            print(plugins, others, installed.problems)
        }
        let isSound = installed.problems.isEmpty && plugins.allSatisfy { $0.error == nil }
        if !isSound { throw ExitCode.failure }
    }

    private struct Answer: Sendable {
        let file: PluginFolders.File
        var versions: [SpecVersion] = []
        var error: RuntimeError?

        /// Why there is no answer.
        var reason: String { error.map { $0.error.description.lines.first ?? $0.error.message } ?? "" }

        /// Whether it ended by itself, without an answer of a plugin: it may be anything, such as an agent of the node's.
        var isNoPlugin: Bool { error?.exitStatus != nil && error?.reason != .refused }

        var json: JSON {
            var members: JSONObject = ["plugin": .string(file.name), "path": .string(file.path)]
            if let error {
                members["error"] = .object(error.members)
            } else {
                members["versions"] = JSON(versions.map(\.description))
            }
            return .object(members)
        }
    }

    /// Asks eight at a time: each is a process.
    private static func ask(
        _ files: [PluginFolders.File], _ runtime: Runtime, _ progress: Progress
    ) async throws -> [Answer] {
        var answers: [Answer] = []
        await withTaskGroup(of: Answer.self) { group in
            var rest = files[...]
            for file in rest.prefix(8) { group.addTask { await ask(file, runtime) } }
            rest = rest.dropFirst(8)
            for await answer in group {
                answers.append(answer)
                progress.show("\(answers.count) of \(files.count) plugins have answered")
                if let file = rest.popFirst() { group.addTask { await ask(file, runtime) } }
            }
        }
        progress.end()
        let errors = answers.compactMap(\.error)
        if let error = errors.first(where: { $0.reason == .cancelled }) { throw Failure(error) }
        return answers.sorted { $0.file.name < $1.file.name }
    }

    private static func ask(_ file: PluginFolders.File, _ runtime: Runtime) async -> Answer {
        do throws(RuntimeError) {
            return Answer(file: file, versions: try await runtime.versions(ofPlugin: file.name))
        } catch {
            return Answer(file: file, error: error)
        }
    }

    private func print(_ answers: [Answer], _ others: [Answer], _ problems: [Problem]) {
        var table = Table("PLUGIN", "VERSIONS", "FILE")
        for answer in answers where answer.error == nil {
            table.add(
                "\(answer.file.name)", "\(answer.versions.map(\.description).joined(separator: " "))",
                "\(answer.file.path)")
        }
        if answers.isEmpty {
            Console.output.line("no plugins in \(plugins.folders.joined(separator: ", "))")
        } else {
            table.print()
        }
        for answer in answers where answer.error != nil {
            Console.error.line("\("problem:", .red) \(answer.file.path): \(answer.reason)")
        }
        for other in others {
            Console.error.line(
                "\("note:", .yellow) \(other.file.path) is no plugin, and no network names it: \(other.reason)"
            )
        }
        for problem in problems { Console.error.line("\("problem:", .red) \(problem.reason)") }
        if !problems.isEmpty {
            Console.error.line("\("hint:", .yellow) CNI_PATH or --plugin-path sets the folders")
        }
    }
}
