// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc

@main
enum Main {
    /// Runs the command as a task; this thread waits for signals.
    ///
    /// Not an asynchronous `main`: that would have a thread that takes every signal before we do.
    static func main() {
        Interruption.begin()
        if CommandLine.arguments.isEmpty {
            Console.error.line("\("error:", .red) the command line cannot be read: /proc is not mounted")
            exit(EXIT_FAILURE)
        }
        if !Threads.canBeHad {
            Console.error.line(
                "\("error:", .red) this process gets no threads: a limit on processes, threads or memory is too low"
            )
            exit(EXIT_FAILURE)
        }
        Task.detached { await run() }
        Interruption.wait()
    }

    private static func run() async -> Never {
        do {
            var command = try parse(Array(CommandLine.arguments.dropFirst()))
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
            try Console.requireOutput()
            CNI.exit()
        } catch let failure as Failure {
            failure.report(json: isJSON)
            Interruption.endIfInterrupted()
            CNI.exit(withError: ExitCode.failure)
        } catch  where CNI.exitCode(for: error) == .validationFailure {
            reportUsage(error)
            CNI.exit(withError: ExitCode.validationFailure)
        } catch {
            CNI.exit(withError: error)
        }
    }

    /// Understands the words of a command line.
    ///
    /// The parser looks at every option of every command there is, which takes longer than all the rest of `cni add`:
    /// a command that is named is asked alone. What it does not take, a request for help among it, goes to the parser
    /// of all, which knows what to say.
    private static func parse(_ words: [String]) throws -> any ParsableCommand {
        let commands = CNI.configuration.groupedSubcommands.flatMap(\.subcommands)
        let named = commands.first { command in
            command.configuration.commandName == words.first
                || command.configuration.aliases.contains { $0 == words.first }
        }
        if let named, let command = try? named.parseAsRoot(Array(words.dropFirst())),
            type(of: command) == named
        {
            return command
        }
        return try CNI.parseAsRoot(words)
    }

    private static func reportUsage(_ error: any Error) {
        if isJSON {
            var failure = Failure(CNI.message(for: error))
            failure.reason = "usage"
            failure.report(json: true)
        } else {
            for line in CNI.fullMessage(for: error).lines { Console.error.line("\(line)") }
        }
    }

    /// Whether errors are for a program, even before the command line is understood.
    private static var isJSON: Bool { CommandLine.arguments.contains(OutputOptions.jsonFlag) }
}
