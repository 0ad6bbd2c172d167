// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime

struct Versions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions",
        abstract: "Ask every plugin which versions of CNI it speaks.",
        usage: "cni versions [options]",
        discussion: """
            Runs each executable in the plugin folders with VERSION, several at a time, five seconds at most.

              cni versions
              CNI_PATH=/usr/lib/cni cni versions
            """)

    @OptionGroup var plugins: PluginOptions

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
        if output.isJSON {
            Console.output.document([
                "plugins": .array(answers.map(\.json)), "problems": .array(installed.problems.map(\.json)),
            ])
        } else {
            print(answers, installed.problems)
        }
        let isSound = installed.problems.isEmpty && answers.allSatisfy { $0.error == nil }
        if !isSound { throw ExitCode.failure }
    }

    private struct Answer: Sendable {
        let file: PluginFolders.File
        var versions: [SpecVersion] = []
        var error: RuntimeError?

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

    private func print(_ answers: [Answer], _ problems: [Problem]) {
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
        for answer in answers {
            guard let error = answer.error else { continue }
            let reason = error.error.description.lines.first ?? error.error.message
            Console.error.line("\("problem:", .red) \(answer.file.path): \(reason)")
        }
        for problem in problems { Console.error.line("\("problem:", .red) \(problem.reason)") }
        if !problems.isEmpty {
            Console.error.line("\("hint:", .yellow) CNI_PATH or --plugin-path sets the folders")
        }
    }
}
