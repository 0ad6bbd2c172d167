// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import CNIRuntime

extension ProcessExecutor {
    /// Whether a plugin says, in its answer to VERSION, that it plans a verb; one that plans CHECK repairs, too.
    func plans(_ call: PluginCall) async throws(RuntimeError) -> Bool {
        var question = call
        question.environment["CNI_COMMAND"] = Command.version.rawValue
        question.environment[PlanProtocol.variable] = call.command.rawValue
        question.timeLimit = .seconds(15)
        let answer = try await execute(question)
        guard answer.ending == .exited(0), let document = try? JSON(parsing: answer.output) else {
            return false
        }
        return PlanProtocol.allows(call.command, in: document)
    }
}
