// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

@main
enum Main {
    static func main() async {
        Interruption.watch()
        do {
            var command = try CNI.parseAsRoot()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            failure.report(json: isJSON)
            Interruption.endIfInterrupted()
            CNI.exit(withError: ExitCode.failure)
        } catch {
            if isJSON, CNI.exitCode(for: error) == .validationFailure {
                var failure = Failure(CNI.message(for: error))
                failure.reason = "usage"
                failure.report(json: true)
                CNI.exit(withError: ExitCode.validationFailure)
            }
            CNI.exit(withError: error)
        }
    }

    /// Whether errors are for a program, even before the command line is understood.
    private static var isJSON: Bool { CommandLine.arguments.contains(OutputOptions.jsonFlag) }
}
