// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore
internal import Supervision

/// Runs plugins as processes: each in a process group of its own, watched on a thread of its own.
///
/// When the time limit passes, the task is cancelled or there is more output than 10 MiB, the whole group is
/// ended, so that what a plugin has called, such as for addresses, does not go on without it. An executable
/// that is just being written (ETXTBSY) is waited for, at most five seconds.
public struct ProcessExecutor: PluginExecutor {
    /// Creates an executor.
    public init() {}

    /// Runs the plugin.
    public func execute(_ call: PluginCall) async throws(RuntimeError) -> PluginOutput {
        let stop: StopSignal
        do throws(SystemError) {
            stop = try StopSignal()
        } catch {
            throw failure(call, .notStarted, CNIError(.ioFailure, error.description))
        }
        let result: Result<ChildProcess.Outcome, RuntimeError> = await withTaskCancellationHandler {
            do throws(RuntimeError) {
                return .success(try await supervise(call, stop))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            stop.stop()
        }
        return try output(of: call, result.get())
    }

    private func supervise(
        _ call: PluginCall, _ stop: StopSignal
    ) async throws(RuntimeError) -> ChildProcess.Outcome {
        try await onOwnThread { () throws(RuntimeError) in
            do throws(SystemError) {
                return try ChildProcess.supervise(
                    call.path, environment: call.environment, input: call.input,
                    limits: ChildProcess.Limits(time: call.timeLimit), stop: stop)
            } catch {
                throw failure(
                    call, .notStarted, CNIError(.ioFailure, "cannot run it", details: error.description))
            }
        }
    }

    private func output(
        of call: PluginCall, _ outcome: ChildProcess.Outcome
    ) throws(RuntimeError) -> PluginOutput {
        let diagnostics = String(decoding: outcome.diagnostics, as: UTF8.self)
        switch outcome.interruption {
        case .timeLimit:
            let limit = call.timeLimit.map { " of \($0)" } ?? ""
            throw failure(
                call, .timedOut, CNIError(.tryAgainLater, "did not end within its time limit\(limit)"),
                diagnostics)
        case .stopped:
            throw failure(call, .cancelled, CNIError(.tryAgainLater, "cancelled"), diagnostics)
        case .outputLimit:
            throw failure(
                call, .badAnswer, CNIError(.decodingFailure, "wrote more than 10 MiB of output"), diagnostics)
        case nil:
            if let failure = outcome.failure {
                throw self.failure(
                    call, .failed,
                    CNIError(.ioFailure, "nobody knows how it ended", details: failure.description),
                    diagnostics)
            }
            let ending: PluginOutput.Ending =
                if let signal = outcome.signal { .signalled(signal) } else { .exited(outcome.status ?? 0) }
            return PluginOutput(ending: ending, output: outcome.output, diagnostics: diagnostics)
        }
    }

    private func failure(
        _ call: PluginCall, _ reason: RuntimeError.Reason, _ error: CNIError, _ diagnostics: String = ""
    ) -> RuntimeError {
        RuntimeError(
            reason, error, command: call.command, plugin: call.plugin,
            diagnostics: diagnostics.trimmingNewlines)
    }
}

extension PluginExecutor {
    /// The first regular file of the plugin's name in the folders.
    public func find(_ plugin: String, in folders: [String]) throws(RuntimeError) -> String {
        func failure(_ reason: RuntimeError.Reason, _ error: CNIError) -> RuntimeError {
            RuntimeError(reason, error, plugin: plugin)
        }
        if plugin.isEmpty {
            throw failure(.invalid, CNIError(.invalidConfiguration, "no plugin name provided"))
        }
        guard !plugin.utf8.contains(UInt8(ascii: "/")), plugin != ".", plugin != ".." else {
            throw failure(.invalid, CNIError(.invalidConfiguration, "invalid plugin name: \(plugin)"))
        }
        if let file = FileSearch.first(plugin, in: folders) { return file.path }
        throw failure(
            .notFound,
            CNIError(
                .invalidEnvironment,
                "failed to find plugin \"\(plugin)\" in path [\(folders.joined(separator: " "))]"))
    }
}

extension String {
    /// Without the line breaks at its end.
    var trimmingNewlines: String {
        var text = self[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
