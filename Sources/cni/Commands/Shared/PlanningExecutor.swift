// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import CNIRuntime
internal import Synchronization

/// Has plugins say what they would do instead of having them do it.
///
/// Each is asked by the protocol for that (``PlanProtocol``), which begins with a question that every plugin can be asked:
/// what is planned is what the installed file would do, regardless of its author, and one that does not plan is not started for
/// anything else.
final class PlanningExecutor: PluginExecutor {
    /// What is known of one plugin's part.
    struct Step {
        let plugin: String
        let path: String
        /// nil for a plugin that cannot tell.
        let steps: [String]?
        /// Why it cannot.
        var reason: String?

        var json: JSON {
            var members: JSONObject = [
                "plugin": .string(plugin), "path": .string(path), "isKnown": .bool(steps != nil),
                "steps": JSON(steps ?? []),
            ]
            members["reason"] = reason.map { .string($0) }
            return .object(members)
        }

        func print() {
            Console.output.line("\(plugin, .bold)  \(StyledText(path, .faint))")
            guard let steps else {
                return Console.output.line("  \("?", .yellow) \(reason ?? "")")
            }
            if steps.isEmpty { Console.output.line("  nothing to do") }
            for step in steps { Console.output.line("  \(step)") }
        }
    }

    private let done = Mutex<[Step]>([])
    private let processes = ProcessExecutor()

    /// What the plugins said, in the order of their execution.
    var steps: [Step] { done.withLock { $0 } }

    func find(_ plugin: String, in folders: [String]) throws(RuntimeError) -> String {
        try processes.find(plugin, in: folders)
    }

    func execute(_ call: PluginCall) async throws(RuntimeError) -> PluginOutput {
        if call.command == .version { return try await processes.execute(call) }
        guard try await processes.plans(call) else {
            return passingOn(call, because: "another program: what it would do is unknown")
        }
        var question = call
        question.environment["CNI_COMMAND"] = PlanProtocol.verb
        question.environment[PlanProtocol.variable] = call.command.rawValue
        let answer = try await processes.execute(question)
        do throws(CNIError) {
            let document = try JSON(parsing: answer.output)
            guard answer.ending == .exited(0) else {
                guard let error = CNIError(json: document), error.code == CNIError.cannotPlan else {
                    return answer
                }
                return passingOn(call, because: error.description)
            }
            let version = try NetworkConfiguration(parsing: call.input).version
            let plan = try CNIPlugin.Plan(json: document, version: version)
            note(call, plan.steps)
            let result = try plan.result?.json(version: version)
            return PluginOutput(ending: .exited(0), output: Array((result?.serialized() ?? "").utf8))
        } catch {
            return PluginOutput(
                ending: .exited(1), output: Array(error.json(version: .current).serialized().utf8))
        }
    }

    private func note(_ call: PluginCall, _ steps: [String]?, reason: String? = nil) {
        done.withLock { $0.append(Step(plugin: call.plugin, path: call.path, steps: steps, reason: reason)) }
    }

    /// The result of the plugins before, or an empty one: a chain goes on with it.
    private func passingOn(_ call: PluginCall, because reason: String) -> PluginOutput {
        note(call, nil, reason: reason)
        if call.command != .add { return PluginOutput(ending: .exited(0), output: []) }
        let previous = (try? JSON(parsing: call.input))?["prevResult"]
        let result = previous ?? ["cniVersion": JSON(SpecVersion.current)]
        return PluginOutput(ending: .exited(0), output: Array(result.serialized().utf8))
    }
}
