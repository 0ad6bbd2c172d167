// SPDX-License-Identifier: Apache-2.0

/// How a program asks a plugin's executable what it would do.
///
/// A plugin that does not know the protocol must not act when it is asked. So it is asked in two steps, neither of which
/// has a verb that changes anything:
///
/// 1. `CNI_COMMAND=VERSION` with ``variable`` set. Every plugin answers VERSION; one that plans has ``key`` in its answer.
/// 2. Only then `CNI_COMMAND=PLAN`, which the specification does not have and a plugin of others refuses, with the verb
///    in ``variable`` and everything else as that verb has it. The answer is a ``Plan`` or an error document.
public enum PlanProtocol {
    /// The verb, `CNI_COMMAND`.
    public static let verb = "PLAN"
    /// The environment variable with the verb that is planned: `ADD` or `DEL`.
    public static let variable = "CNI_PLAN_COMMAND"
    /// The key in VERSION's answer, with the verbs that can be planned.
    public static let key = "cni.swift/plan"

    /// Whether a plugin that answered VERSION so can be asked to plan a verb.
    public static func allows(_ command: Command, in answer: JSON) -> Bool {
        answer[key]?.array?.contains { $0.string == command.rawValue } ?? false
    }

    /// The private verb that brings an attachment back to its description.
    ///
    /// Its environment and input are those of CHECK, its answer a plan: the steps that were done. Plugins that plan CHECK
    /// have it.
    public static let repairVerb = "REPAIR"

    static var commands: JSON {
        [.string(Command.add.rawValue), .string(Command.delete.rawValue), .string(Command.check.rawValue)]
    }
}

extension CNIError {
    /// The plugin cannot tell beforehand what it would do.
    public static let cannotPlan = Code(rawValue: 103)
}

extension Plan {
    /// The document: `steps`, and for ADD `result` in the format of a version.
    ///
    /// - Throws: ``CNIError/Code/incompatibleVersion`` for a result that the version has no room for.
    public func json(version: SpecVersion) throws(CNIError) -> JSON {
        var members: JSONObject = ["cniVersion": JSON(version), "steps": JSON(steps)]
        if let result { members["result"] = try result.json(version: version) }
        return .object(members)
    }

    /// Reads the document.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` for another one.
    public init(json: JSON, version: SpecVersion) throws(CNIError) {
        let cursor = JSONCursor(json, failingWith: .decodingFailure)
        guard !cursor["steps"].isAbsent else { throw cursor["steps"].failure("missing") }
        steps = try cursor["steps"].texts()
        result = try cursor["result"].present.map { json throws(CNIError) in
            try CNIResult(json: json, version: version)
        }
    }
}

extension Plugin {
    /// Answers PLAN.
    static func planned(_ invocation: Invocation) -> Outcome {
        var invocation = invocation
        invocation.environment["CNI_COMMAND"] = invocation.environment[PlanProtocol.variable]
        var version = SpecVersion.current
        do throws(CNIError) {
            version = try NetworkConfiguration(parsing: invocation.input).version
            if invocation.environment["CNI_COMMAND"] == Command.check.rawValue {
                return .success(try repair(for: invocation, isRehearsal: true).json(version: version))
            }
            return .success(try plan(for: invocation).json(version: version))
        } catch {
            return .failure(error, version: version)
        }
    }

    static func repaired(_ invocation: Invocation) -> Outcome {
        var version = SpecVersion.current
        do throws(CNIError) {
            version = try NetworkConfiguration(parsing: invocation.input).version
            return .success(try repair(for: invocation, isRehearsal: false).json(version: version))
        } catch {
            return .failure(error, version: version)
        }
    }
}
