// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime
internal import ReferencePlugins
internal import Validation

struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Find every mistake in network configurations.",
        usage: "cni validate [<file> ...] [options]",
        discussion: """
            Reads files as runtimes and plugins do, and says where they would refuse them (errors) or \
            probably misunderstand them (warnings). Without files, those of the configuration folder. \
            Ends with 1 if there are errors.

              cni validate /etc/cni/net.d/10-pods.conflist
              cni validate - <draft.conflist
            """)

    @Argument(
        help: "Configurations; - reads standard input.",
        completion: .file(extensions: ["conflist", "conf", "json"]))
    var files: [String] = []

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var plugins: PluginOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let validator = Validator(plugins: ReferencePlugins.all, pluginFolders: pluginFolders)
        var count = (errors: 0, warnings: 0)
        var documents: [JSON] = []
        for file in try files.isEmpty ? configuredFiles() : files {
            let source: SourceText
            do throws(Failure) {
                source = try read(file)
            } catch {
                if files.count == 1 { throw error }
                // The other files' mistakes are worth knowing all the same.
                count.errors += 1
                documents.append(["file": .string(file), "error": error.json])
                if !output.isJSON { error.report(json: false) }
                continue
            }
            let diagnostics = validator.diagnostics(of: source.bytes)
            count.errors += diagnostics.count { $0.severity == .error }
            count.warnings += diagnostics.count { $0.severity == .warning }
            documents.append([
                "file": .string(source.path), "diagnostics": .array(diagnostics.map(\.json)),
            ])
            if !output.isJSON { print(diagnostics, of: source) }
        }
        if output.isJSON {
            Console.output.document([
                "files": .array(documents), "errors": JSON(count.errors), "warnings": JSON(count.warnings),
            ])
        }
        if count.errors > 0 { throw ExitCode.failure }
    }

    /// Where plugins have to be: nowhere on a machine without any, where configurations may be written, too.
    private var pluginFolders: [String] {
        if plugins.wish != nil { return plugins.folders }
        return PluginFolders(reading: plugins.folders).problems.isEmpty ? plugins.folders : []
    }

    private func configuredFiles() throws(Failure) -> [String] {
        let folder = try configuration.read()
        let files = Set(folder.files.map(\.path) + folder.problems.map(\.path)).sorted()
        if files.isEmpty {
            throw Failure(
                "there are no networks in \(folder.path)",
                hints: ["name a file, or another folder by NETCONFPATH or --config-dir"])
        }
        return files
    }

    private func read(_ file: String) throws(Failure) -> SourceText {
        do throws(CNIError) {
            return try SourceText(reading: file == "-" ? "/dev/stdin" : file)
        } catch {
            throw Failure(error.message)
        }
    }

    private func print(_ diagnostics: [Diagnostic], of source: SourceText) {
        if diagnostics.isEmpty { Console.output.line("\(source.path): \("no mistakes", .green)") }
        for diagnostic in diagnostics {
            let place = diagnostic.position.map { ":\($0.line):\($0.column)" } ?? ""
            let severity = StyledText(
                diagnostic.severity.rawValue, diagnostic.severity == .error ? .red : .yellow)
            let path = diagnostic.path.isDocument ? "" : "\(diagnostic.path): "
            let hint = diagnostic.suggestion.map { "; did you mean \"\($0)\"?" } ?? ""
            Console.output.line("\(source.path)\(place): \(severity): \(path)\(diagnostic.message)\(hint)")
            if let position = diagnostic.position, let (line, offset) = source.line(at: position) {
                for line in Self.excerpt(line, offset) { Console.output.line(line) }
            }
        }
    }

    /// A line and a caret below one of its characters; of a long line what is around that.
    private static func excerpt(_ line: String, _ offset: Int) -> [StyledText] {
        let limit = max(40, (Console.output.columns ?? 110) - 4)
        let scalars = Array(line.printable.unicodeScalars)
        var start = 0
        if scalars.count > limit { start = max(0, min(offset - limit / 2, scalars.count - limit)) }
        let part = String(String.UnicodeScalarView(scalars[start..<min(scalars.count, start + limit)]))
        let blanks = String(repeating: " ", count: max(0, offset - start))
        return ["  \(part)", "  \(blanks)\("^", .green)"]
    }
}
