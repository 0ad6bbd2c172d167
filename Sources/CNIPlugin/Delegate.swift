// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

/// Another plugin that this one calls (section 4 of the specification, delegation): `request.ipam`, for addresses and with
/// the same configuration, or one of ``Request/delegate(_:at:)``, with a configuration that this one has made.
///
/// It gets the same environment but for the verb. One that is in this executable, and is what CNI_PATH would find, is
/// called in the process, by the same protocol; another one is executed.
///
/// A class: copying an optional of so large a structure would have the runtime make a type for it.
public final class Delegate: Sendable {
    /// The plugin's name.
    public let type: String
    private let invocation: Invocation
    private let network: NetworkConfiguration
    private let target: Target

    /// What is called.
    private enum Target: Sendable {
        /// A plugin that is in this executable.
        case sibling(any Plugin.Type)
        /// The program at a path.
        case program(String)
        /// Nothing, and why.
        case none(CNIError)
    }

    /// Looks for the plugin of a name; that there is none is said when it is called.
    ///
    /// - Parameters:
    ///   - caller: The plugin that calls it, which it must not be: it would call itself for ever.
    ///   - invocation: The caller's; an empty input stands for the text of `network`.
    ///   - place: What in the caller's configuration names it.
    init(
        type: String, caller: String, invocation: Invocation, network: NetworkConfiguration,
        at place: JSONPath
    ) {
        self.type = type
        self.invocation = invocation
        self.network = network
        let found = Self.find(type, for: invocation, at: place)
        let isCaller =
            if case .sibling(let sibling) = found { sibling.name == caller } else { type == caller }
        target =
            isCaller
            ? .none(
                CNIError(
                    .invalidConfiguration, at: place, "\"\(type)\" leads back to the plugin \(caller)"))
            : found
    }

    /// Whether it may want the container's interface to be there; of another program that is unknown.
    var needsInterface: Bool {
        if case .sibling(let sibling) = target { sibling.needsInterface } else { true }
    }

    /// Whether it is in this executable, and so is called without starting a program.
    private var isInProcess: Bool { if case .sibling = target { true } else { false } }

    /// Has it attach.
    ///
    /// One that refuses has taken back what it has done; what it holds for the same attachment from before stays. One that
    /// fails without a word gets a DEL.
    public func add() throws(CNIError) -> CNIResult {
        let outcome = try run(.add)
        if outcome.status != 0, let refusal = outcome.output.flatMap({ CNIError(json: $0) }) { throw refusal }
        do throws(CNIError) {
            guard let output = try answer(outcome) else {
                throw CNIError(.decodingFailure, "plugin \(type) gave no result")
            }
            return try CNIResult(json: output, version: network.version)
        } catch {
            throw error.adding(attempt { () throws(CNIError) in try delete() })
        }
    }

    /// Has it verify the attachment.
    public func check() throws(CNIError) { _ = try call(.check) }

    /// Has it detach.
    public func delete() throws(CNIError) { _ = try call(.delete) }

    /// Has it remove what belongs to no valid attachment.
    public func collect() throws(CNIError) { _ = try call(.collect) }

    /// Has it say whether it can take attachments.
    public func status() throws(CNIError) { _ = try call(.status) }

    /// The addresses that an ADD would get now; nil if that is unknown without starting a program.
    func preview() -> CNIResult? {
        guard isInProcess else { return nil }
        let asked = Delegate(previewing: self)
        return try? asked.plan(.add).result
    }

    /// The same plugin, asked about an attachment that there is not.
    private init(previewing other: Delegate) {
        type = other.type
        var invocation = other.invocation
        invocation.environment["CNI_CONTAINERID"] = "cni-status"
        invocation.environment["CNI_IFNAME"] = "eth0"
        invocation.environment["CNI_NETNS"] = "/none"
        invocation.environment["CNI_ARGS"] = nil
        self.invocation = invocation
        network = other.network
        target = other.target
    }

    /// What it would do with ADD or DEL; changes nothing.
    ///
    /// - Throws: ``CNIError/cannotPlan`` if it does not know the protocol, and what it would refuse.
    public func plan(_ command: Command) throws(CNIError) -> Plan {
        try foresee(command, verb: PlanProtocol.verb) { sibling, invocation throws(CNIError) in
            try sibling.plan(for: invocation)
        }
    }

    /// Has it bring the attachment back to what CHECK demands, and returns the steps.
    ///
    /// - Parameter isRehearsal: Whether the steps are only told, not done.
    /// - Throws: ``CNIError/cannotPlan`` if it does not know the protocol, and what it refuses.
    public func repair(isRehearsal: Bool) throws(CNIError) -> Plan {
        let verb = isRehearsal ? PlanProtocol.verb : PlanProtocol.repairVerb
        return try foresee(.check, verb: verb) { sibling, invocation throws(CNIError) in
            try sibling.repair(for: invocation, isRehearsal: isRehearsal)
        }
    }

    /// Asks by the protocol of plans, in the process or not.
    private func foresee(
        _ command: Command, verb: String,
        _ ask: (any Plugin.Type, Invocation) throws(CNIError) -> Plan
    ) throws(CNIError) -> Plan {
        var invocation = invocation
        switch target {
        case .sibling(let sibling):
            invocation.environment["CNI_COMMAND"] = command.rawValue
            invocation.delegation = Invocation.Delegation(network)
            return try ask(sibling, invocation)
        case .program(let path):
            guard allowsPlan(of: command, path) else {
                throw CNIError(
                    CNIError.cannotPlan, "plugin \(type) cannot tell beforehand what it would do")
            }
            invocation.environment["CNI_COMMAND"] = verb
            invocation.environment[PlanProtocol.variable] = command.rawValue
            return try Plan(json: answer(execute(path, invocation)) ?? .null, version: network.version)
        case .none(let error): throw error
        }
    }

    private func allowsPlan(of command: Command, _ path: String) -> Bool {
        var question = invocation
        question.environment["CNI_COMMAND"] = Command.version.rawValue
        question.environment[PlanProtocol.variable] = command.rawValue
        do throws(CNIError) {
            return PlanProtocol.allows(command, in: try answer(execute(path, question)) ?? .null)
        } catch {
            return false
        }
    }

    private func call(_ command: Command) throws(CNIError) -> JSON? { try answer(try run(command)) }

    private func run(_ command: Command) throws(CNIError) -> Outcome {
        var invocation = invocation
        invocation.environment["CNI_COMMAND"] = command.rawValue
        switch target {
        case .sibling(let sibling):
            invocation.delegation = Invocation.Delegation(network)
            return sibling.respond(to: invocation)
        case .program(let path): return try execute(path, invocation)
        case .none(let error): throw error
        }
    }

    private func answer(_ outcome: Outcome) throws(CNIError) -> JSON? {
        if outcome.status == 0 { return outcome.output }
        throw outcome.output.flatMap { CNIError(json: $0) }
            ?? CNIError(
                .internalError, "netplugin failed with no error message: exit status \(outcome.status)",
                details: "the plugin is \(type)")
    }

    /// The first regular file of that name in CNI_PATH.
    private static func find(_ type: String, for invocation: Invocation, at place: JSONPath) -> Target {
        guard !type.isEmpty, !type.contains("/"), type != ".", type != ".." else {
            return .none(CNIError(.invalidConfiguration, at: place, "\"\(type)\" is not a plugin's name"))
        }
        let siblings = invocation.siblings
        let folders = (invocation.environment["CNI_PATH"] ?? "").split(separator: ":").map { String($0) }
        if let file = FileSearch.first(type, in: folders) {
            return siblings.plugin(type, in: file.status.identity).map { .sibling($0) } ?? .program(file.path)
        }
        if siblings.executable == nil, let sibling = siblings[type] { return .sibling(sibling) }
        // The specification asks for it only where a plugin is to be found (section 2, parameters).
        if folders.isEmpty {
            return .none(
                CNIError(
                    .invalidEnvironment, "required env variables [CNI_PATH] missing",
                    details: "\(place) names the plugin \"\(type)\", which is to be found there"))
        }
        return .none(
            CNIError(
                .invalidEnvironment,
                "failed to find plugin \"\(type)\" in path [\(folders.joined(separator: " "))]",
                details: "\(place) names a plugin that is in no folder of CNI_PATH"))
    }

    private func execute(_ path: String, _ invocation: Invocation) throws(CNIError) -> Outcome {
        do throws(SystemError) {
            let input = invocation.input
            let child = try ChildProcess.run(
                path, environment: invocation.environment.dictionary,
                input: input.isEmpty ? Array(network.raw.serialized().utf8) : input)
            if child.output.isEmpty { return Outcome(output: nil, diagnostics: "", status: child.status) }
            let output: JSON
            do throws(CNIError) {
                output = try JSON(parsing: child.output)
            } catch {
                throw SystemError(operation: "understand the answer of \(path)", errno: 74)  // EBADMSG
            }
            return Outcome(output: output, diagnostics: "", status: child.status)
        } catch {
            throw CNIError(.ioFailure, "cannot call plugin \(type)", details: error.description)
        }
    }
}

/// Runs a clean-up and returns its error instead of throwing it.
package func attempt(_ body: () throws(CNIError) -> Void) -> CNIError? {
    do throws(CNIError) {
        try body()
        return nil
    } catch {
        return error
    }
}

extension CNIError {
    /// This error with what went wrong while cleaning up after it.
    package func adding(_ other: CNIError?) -> CNIError {
        guard let other else { return self }
        let more = "cleaning up: \(other)"
        return CNIError(code, message, details: details.map { "\($0)\n\(more)" } ?? more)
    }
}
