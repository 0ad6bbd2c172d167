// SPDX-License-Identifier: Apache-2.0

internal import BridgePlugin
internal import CNIPlugin
internal import CNIRuntime
internal import HostLocalPlugin
internal import LoopbackPlugin
internal import StaticPlugin
internal import Synchronization
internal import VXLANPlugin

/// Has plugins say what they would do instead of having them do it.
///
/// An executable is one of ours if it introduces itself as ours: another program of the same name may do anything.
final class PlanningExecutor: PluginExecutor {
    /// What is known of one plugin's part.
    struct Step {
        let plugin: String
        let path: String
        /// nil for a plugin of others.
        let steps: [String]?

        var json: JSON {
            [
                "plugin": .string(plugin), "path": .string(path), "isKnown": .bool(steps != nil),
                "steps": JSON(steps ?? []),
            ]
        }

        func print() {
            Console.output.line("\(plugin, .bold)  \(StyledText(path, .faint))")
            guard let steps else {
                return Console.output.line(
                    "  \("?", .yellow) another program: what it would do cannot be told")
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
        guard try await isOurs(call) else {
            note(call, nil)
            return PluginOutput(ending: .exited(0), output: call.command == .add ? passedOn(call) : [])
        }
        let invocation = Invocation(
            environment: EnvironmentVariables(call.environment), input: call.input, siblings: Self.plugins)
        do throws(CNIError) {
            let plan = try Self.plugins.plan(call.plugin, invocation)
            note(call, plan?.steps)
            let result = try plan?.result?.json(version: .current)
            return PluginOutput(ending: .exited(0), output: Array((result?.serialized() ?? "").utf8))
        } catch {
            let document = error.json(version: .current)
            return PluginOutput(ending: .exited(1), output: Array(document.serialized().utf8))
        }
    }

    private func note(_ call: PluginCall, _ steps: [String]?) {
        done.withLock { $0.append(Step(plugin: call.plugin, path: call.path, steps: steps)) }
    }

    /// The result of the plugins before, or an empty one: a chain goes on with it.
    private func passedOn(_ call: PluginCall) -> [UInt8] {
        let previous = (try? JSON(parsing: call.input))?["prevResult"]
        return Array((previous ?? ["cniVersion": JSON(SpecVersion.current)]).serialized().utf8)
    }

    /// Started without a verb, a plugin says who it is.
    private func isOurs(_ call: PluginCall) async throws(RuntimeError) -> Bool {
        guard let about = Self.about(call.plugin) else { return false }
        var question = call
        question.environment["CNI_COMMAND"] = nil
        question.input = []
        question.timeLimit = .seconds(5)
        return try await processes.execute(question).diagnostics.hasPrefix(about)
    }

    private static func about(_ plugin: String) -> String? {
        switch plugin {
        case Bridge.name: Bridge.about
        case HostLocalPlugin.name: HostLocalPlugin.about
        case Loopback.name: Loopback.about
        case StaticPlugin.name: StaticPlugin.about
        case VXLANPlugin.name: VXLANPlugin.about
        default: nil
        }
    }

    private static let plugins = {
        var plugins = Siblings()
        plugins.add(Bridge.self)
        plugins.add(HostLocalPlugin.self)
        plugins.add(Loopback.self)
        plugins.add(StaticPlugin.self)
        plugins.add(VXLANPlugin.self)
        return plugins
    }()
}
