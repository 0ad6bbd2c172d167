// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

extension Plugin {
    /// The program's entry: runs the one invocation that the process was started for.
    public static func main() {
        var siblings = Siblings()
        siblings.add(Self.self)
        siblings.main(Self.self, Array(Arguments.all.dropFirst()))
    }
}

extension Siblings {
    /// The entry of a program that is several plugins: runs the one that its file is by name.
    ///
    /// The file's name is the one by which the program was started, which a hard or symbolic link gives it, and if that
    /// is no plugin's (``plugin(ofFile:)``) the one that a symbolic link leads to. The configuration has no say: its
    /// `type` is another plugin's when this one is called for addresses.
    ///
    /// By hand the first argument names the plugin; `--list` lists them, `--install FOLDER [PLUGIN]...` puts them, or
    /// those, there (``install(_:into:)``), and `--help` says all that.
    public func main() {
        let arguments = Arguments.all
        if let plugin = plugin(ofFile: Self.fileName(arguments.first ?? "")) {
            main(plugin, Array(arguments.dropFirst()))
        }
        if arguments.count > 1 {
            if let plugin = self[arguments[1]] { main(plugin, Array(arguments.dropFirst(2))) }
            if arguments[1] == "--list" {
                write(names.map { "\($0)\n" }.joined(), to: STDOUT_FILENO)
                exit(0)
            }
            if arguments[1] == "--install", arguments.count > 2 {
                exit(installed(Array(arguments[3...]), in: arguments[2]))
            }
        }
        if let plugin = plugin(ofFile: Self.fileName(Self.executablePath)) {
            main(plugin, Array(arguments.dropFirst()))
        }
        let isAskedFor = arguments.count > 1 && ["--help", "-h", "help"].contains(arguments[1])
        write(usage, to: isAskedFor ? STDOUT_FILENO : STDERR_FILENO)
        exit(isAskedFor ? 0 : 2)
    }

    private var usage: String {
        """
        Several CNI plugins in one file: it is the plugin whose name it is started by, as NAME or ANYTHING-NAME.

          --list                        list the plugins
          --install FOLDER [PLUGIN...]  put this file into a folder under each plugin's name, or under those

        Plugins: \(names.joined(separator: ", "))

        """
    }

    /// Returns the exit status.
    private func installed(_ wanted: [String], in folder: String) -> CInt {
        if let unknown = wanted.first(where: { !names.contains($0) }) {
            write("\(unknown) is none of the plugins: \(names.joined(separator: ", "))\n", to: STDERR_FILENO)
            return 2
        }
        do throws(SystemError) {
            write(try install(wanted, into: folder), to: STDOUT_FILENO)
            return 0
        } catch {
            write("cannot install the plugins: \(error)\n", to: STDERR_FILENO)
            return 1
        }
    }

    /// The part of a path behind its last slash.
    private static func fileName(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    /// The file that runs, no link; "" if the kernel does not say.
    private static var executablePath: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &path, path.count)
        return String(decoding: path.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Runs a plugin, or what its executable is besides, if the words of the command line name that.
    func main(_ plugin: any Plugin.Type, _ words: [String]) -> Never {
        if !words.isEmpty, let status = plugin.program(words) { exit(status) }
        Memory.keep()
        requireStreams()
        var siblings = self
        do throws(SystemError) {
            siblings.executable = try FileStatus(of: "/proc/self/exe").identity
        } catch {
            siblings = Siblings()  // every delegation is executed
        }
        let outcome: Outcome
        var invocation = Invocation(environment: Self.environment(), input: [], siblings: siblings)
        do throws(SystemError) {
            invocation.input = try File.read(STDIN_FILENO, named: "stdin", limit: Self.largestInput)
            outcome = plugin.respond(to: invocation)
        } catch  where error.errno == EFBIG {
            outcome = .failure(
                CNIError(
                    .decodingFailure, "the configuration on stdin has more than \(Self.largestInput) bytes"),
                version: .current)
        } catch {
            outcome = .failure(
                CNIError(.ioFailure, "error reading from stdin", details: error.description),
                version: .current)
        }
        if !outcome.diagnostics.isEmpty { write(outcome.diagnostics, to: STDERR_FILENO) }
        guard let output = outcome.output else { exit(outcome.status) }
        // A reader that has gone is an error of write(2), not the end.
        signal(SIGPIPE, SIG_IGN)
        guard let failure = write(output.serialized(indent: 4) + "\n", to: STDOUT_FILENO) else {
            exit(outcome.status)
        }
        write("the result is lost: \(failure)\n", to: STDERR_FILENO)
        // Nobody knows of what was made: as for an ADD that failed, nothing is left of it.
        if outcome.status == 0, invocation.environment["CNI_COMMAND"] == Command.add.rawValue {
            invocation.environment["CNI_COMMAND"] = Command.delete.rawValue
            _ = plugin.respond(to: invocation)
        }
        exit(1)
    }

    /// Without a standard output nothing is begun; a standard error that is closed goes nowhere, not to the first file that
    /// is opened.
    private func requireStreams() {
        if fcntl(STDOUT_FILENO, F_GETFD) == -1 {
            write("there is no standard output to write a result to\n", to: STDERR_FILENO)
            exit(1)
        }
        if fcntl(STDERR_FILENO, F_GETFD) == -1 { _ = open("/dev/null", O_WRONLY) }
    }

    /// 4 MiB: room for the list of 30,000 valid attachments of a GC, far more than a node has.
    private static var largestInput: Int { 1 << 22 }

    private static func environment() -> EnvironmentVariables {
        var variables = EnvironmentVariables()
        var entry = environ
        while let text = entry.pointee {
            if let separator = strchr(text, CInt(UInt8(ascii: "="))) {
                let name = UnsafeRawBufferPointer(start: text, count: separator - text)
                variables.append(String(decoding: name, as: UTF8.self), String(cString: separator + 1))
            }
            entry += 1
        }
        return variables
    }

    /// Returns why not all of it could be written; nil if it was.
    @discardableResult
    private func write(_ text: String, to descriptor: CInt) -> SystemError? {
        do throws(SystemError) {
            try File.write(Array(text.utf8), to: descriptor, named: "descriptor \(descriptor)")
            return nil
        } catch {
            return error
        }
    }
}
