// SPDX-License-Identifier: Apache-2.0

internal import Glibc

extension Runtime {
    /// Has a plugin of a network do a verb on an attachment; returns what it printed.
    func call(
        _ command: Command, _ plugin: JSON, _ request: AttachmentRequest, previousResult: JSON?,
        in configuration: RequestConfiguration
    ) async throws(RuntimeError) -> JSON? {
        let document: JSON
        let variables: [String: String]
        do throws(CNIError) {
            document = try configuration.attachment(plugin, request, previousResult: previousResult)
            variables = try environment.variables(command, folders: pluginFolders, request)
        } catch {
            throw RuntimeError(
                .invalid, error, command: command, network: configuration.network.name.rawValue,
                plugin: plugin["type"]?.string)
        }
        return try await call(command, document, variables)
    }

    /// Has the plugin that a request is for do a verb; returns what it printed.
    func call(
        _ command: Command, _ document: JSON, _ variables: [String: String]
    ) async throws(RuntimeError) -> JSON? {
        let type = document["type"]?.string ?? ""
        do throws(RuntimeError) {
            return try await perform(
                PluginCall(
                    plugin: type, path: path(ofPlugin: type), command: command, environment: variables,
                    input: Array(document.serialized().utf8), timeLimit: timeLimit))
        } catch {
            var error = error
            error.command = command
            error.network = document["name"]?.string
            throw error
        }
    }

    /// Runs a plugin and understands its answer; nil for none.
    func perform(_ call: PluginCall) async throws(RuntimeError) -> JSON? {
        if Task.isCancelled {
            throw RuntimeError(
                .cancelled, CNIError(.tryAgainLater, "cancelled before it was started"),
                command: call.command, plugin: call.plugin)
        }
        let output = try await executor.execute(call)
        let diagnostics = output.diagnostics.trimmingNewlines
        do throws(AnswerError) {
            let answer = try Self.answer(in: output)
            if !diagnostics.isEmpty { sink(call.plugin, call.command, diagnostics) }
            return answer
        } catch {
            throw RuntimeError(
                error.reason, error.error, command: call.command, plugin: call.plugin,
                exitStatus: output.ending.exitStatus, diagnostics: diagnostics)
        }
    }

    private struct AnswerError: Error {
        var reason: RuntimeError.Reason
        var error: CNIError
    }

    private static func answer(in output: PluginOutput) throws(AnswerError) -> JSON? {
        let isBlank = output.output.allSatisfy { $0 == 0x20 || (0x09...0x0d).contains($0) }
        let answer: Result<JSON?, CNIError>
        do throws(CNIError) {
            answer = .success(isBlank ? nil : try JSON(parsing: output.output))
        } catch {
            answer = .failure(error)
        }
        switch (output.ending, answer) {
        case (.exited(0), .success(let answer)):
            return answer
        case (.exited(0), .failure(let error)):
            throw AnswerError(
                reason: .badAnswer,
                error: CNIError(
                    .decodingFailure, "cannot understand its answer",
                    details: "\(error): \(excerpt(of: output.output))"))
        case (.exited, .success(let document?)):
            if let error = CNIError(json: document) { throw AnswerError(reason: .refused, error: error) }
            throw failure(output)
        default:
            throw failure(output)
        }
    }

    /// A plugin that failed without saying why.
    private static func failure(_ output: PluginOutput) -> AnswerError {
        let text =
            switch output.ending {
            case .exited(let status): "failed with exit status \(status) and no error document"
            case .signalled(let number):
                "was ended by signal \(number) (\(strsignal(number).map { String(cString: $0) } ?? "unknown"))"
            }
        let details = output.output.isEmpty ? nil : "standard output: \(excerpt(of: output.output))"
        return AnswerError(reason: .failed, error: CNIError(.internalError, text, details: details))
    }

    private static func excerpt(of output: [UInt8]) -> String {
        String(decoding: output.prefix(1000), as: UTF8.self).trimmingNewlines
    }
}
