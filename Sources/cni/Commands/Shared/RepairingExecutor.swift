// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import CNIRuntime
internal import Synchronization

/// Has plugins mend what they are asked to check, or say what that would take.
///
/// A plugin that has no such thing is checked: what it finds is its failure.
final class RepairingExecutor: PluginExecutor {
    /// Whether plugins only say what they would do.
    let isRehearsal: Bool

    private let done = Mutex<[String]>([])
    private let processes = ProcessExecutor()

    init(isRehearsal: Bool) { self.isRehearsal = isRehearsal }

    /// What the plugins did, or would do, in the order of their execution.
    var steps: [String] { done.withLock { $0 } }

    func find(_ plugin: String, in folders: [String]) throws(RuntimeError) -> String {
        try processes.find(plugin, in: folders)
    }

    func execute(_ call: PluginCall) async throws(RuntimeError) -> PluginOutput {
        guard call.command == .check, try await processes.plans(call) else {
            return try await processes.execute(call)
        }
        var order = call
        order.environment["CNI_COMMAND"] = isRehearsal ? PlanProtocol.verb : PlanProtocol.repairVerb
        order.environment[PlanProtocol.variable] = call.command.rawValue
        let answer = try await processes.execute(order)
        guard answer.ending == .exited(0) else { return answer }
        do throws(CNIError) {
            let version = try NetworkConfiguration(parsing: call.input).version
            let plan = try CNIPlugin.Plan(json: JSON(parsing: answer.output), version: version)
            done.withLock { $0 += plan.steps }
            return PluginOutput(ending: .exited(0), output: [])
        } catch {
            return PluginOutput(
                ending: .exited(1), output: Array(error.json(version: .current).serialized().utf8))
        }
    }
}
