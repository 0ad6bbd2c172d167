// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

/// Another plugin that this one calls, usually for addresses (section 5 of the specification, delegation).
///
/// It gets the same environment but for the verb, and the same configuration. One that is in this executable is
/// called in the process, by the same protocol.
public struct Delegate: Sendable {
    /// The plugin's name.
    public let type: String
    let invocation: Invocation
    let network: NetworkConfiguration

    /// Whether it is in this executable, and so is called without starting a program.
    var isInProcess: Bool {
        guard let path = try? find() else { return false }
        return invocation.siblings.plugin(type, at: path) != nil
    }

    /// Has it attach.
    ///
    /// One that refuses has taken back what it has done; what it holds for the same attachment from before stays. One that
    /// fails without a word is told to delete.
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

    /// What it would do.
    ///
    /// - Throws: ``CNIError/cannotPlan`` if it does not know the protocol, and what it would refuse.
    func plan(_ command: Command) throws(CNIError) -> Plan {
        let path = try find()
        var invocation = invocation
        if let sibling = invocation.siblings.plugin(type, at: path) {
            invocation.environment["CNI_COMMAND"] = command.rawValue
            invocation.delegation = Invocation.Delegation(network)
            return try sibling.plan(for: invocation)
        }
        guard allowsPlan(of: command, path) else {
            throw CNIError(
                CNIError.cannotPlan,
                "IPAM plugin \(type) cannot tell beforehand which addresses it would give")
        }
        invocation.environment["CNI_COMMAND"] = PlanProtocol.verb
        invocation.environment[PlanProtocol.variable] = command.rawValue
        return try Plan(json: answer(execute(path, invocation)) ?? .null, version: network.version)
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
        let path = try find()
        var invocation = invocation
        invocation.environment["CNI_COMMAND"] = command.rawValue
        guard let sibling = invocation.siblings.plugin(type, at: path) else {
            return try execute(path, invocation)
        }
        invocation.delegation = Invocation.Delegation(network)
        return sibling.respond(to: invocation)
    }

    private func answer(_ outcome: Outcome) throws(CNIError) -> JSON? {
        if outcome.status == 0 { return outcome.output }
        throw outcome.output.flatMap { CNIError(json: $0) }
            ?? CNIError(.internalError, "plugin \(type) failed with exit status \(outcome.status)")
    }

    /// The first regular file of that name in CNI_PATH.
    private func find() throws(CNIError) -> String {
        guard !type.isEmpty, !type.contains("/"), type != ".", type != ".." else {
            throw CNIError(.invalidConfiguration, at: "ipam.type", "\"\(type)\" is not a plugin's name")
        }
        let folders = (invocation.environment["CNI_PATH"] ?? "").split(separator: ":")
        for folder in folders {
            let path = "\(folder)/\(type)"
            do throws(SystemError) {
                if try FileStatus(of: path).isRegularFile { return path }
            } catch {
                continue
            }
        }
        if invocation.siblings.executable == nil, invocation.siblings[type] != nil { return type }
        throw CNIError(
            .invalidEnvironment,
            "failed to find plugin \"\(type)\" in path [\(folders.joined(separator: " "))]",
            details: "ipam.type names a plugin that is in no folder of CNI_PATH")
    }

    private func execute(_ path: String, _ invocation: Invocation) throws(CNIError) -> Outcome {
        do throws(SystemError) {
            let child = try ChildProcess.run(
                path, environment: invocation.environment.dictionary, input: invocation.input)
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
func attempt(_ body: () throws(CNIError) -> Void) -> CNIError? {
    do throws(CNIError) {
        try body()
        return nil
    } catch {
        return error
    }
}

extension CNIError {
    /// This error with what went wrong while cleaning up after it.
    func adding(_ other: CNIError?) -> CNIError {
        guard let other else { return self }
        let more = "cleaning up: \(other)"
        return CNIError(code, message, details: details.map { "\($0)\n\(more)" } ?? more)
    }
}
