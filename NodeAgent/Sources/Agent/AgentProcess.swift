// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
internal import Glibc
public import Logging
internal import NodeAgentCore
public import ServiceLifecycle
internal import UnixSignals

/// The life of an agent's process.
public enum AgentProcess {
    /// Reads the command line and the variables, and runs the command; ends the process.
    ///
    /// The exit status is 0 when the agent was told to stop, 1 if it cannot start or continue, 64 if the command line is wrong.
    ///
    /// - Parameter environment: The variables that options can be set by.
    public static func main(
        _ command: (some AsyncParsableCommand).Type, environment: AgentEnvironment,
        arguments: [String] = Array(CommandLine.arguments.dropFirst())
    ) async {
        let words: [String]
        do throws(AgentError) {
            words = try environment.arguments(for: command, arguments)
        } catch {
            command.exit(withError: ValidationError(error.message))
        }
        for name in environment.unknown(for: command) { say("the variable \(name) sets no option") }
        if words.count > arguments.count {
            do {
                _ = try command.parseAsRoot(words)
            } catch {
                // The message names an option that nobody wrote: say where it is from.
                let added = words[arguments.count...].map { $0.prefix { $0 != "=" } }
                let names = added.map { environment.name(ofOption: String($0)) }.joined(separator: ", ")
                say("read from the environment: \(names)")
            }
        }
        await command.main(words)
    }

    /// Writes a line to the standard error stream, before there is a log.
    public static func say(_ text: String) {
        var line = text + "\n"
        line.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
    }

    /// Runs an agent's parts until SIGTERM or SIGINT, or until one of them fails.
    ///
    /// Parts end in the opposite order, each when it has ended what it is doing; after `limit` they are cancelled.
    ///
    /// - Throws: What a part has failed with.
    public static func run(
        _ parts: [any Service], logger: Logger, endingWithin limit: Duration = .seconds(10)
    ) async throws {
        // Its own messages are of its inside.
        var inner = logger
        inner.logLevel = max(logger.logLevel, .warning)
        var configuration = ServiceGroupConfiguration(
            services: parts.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: inner)
        configuration.maximumGracefulShutdownDuration = limit
        try await ServiceGroup(configuration: configuration).run()
    }
}
