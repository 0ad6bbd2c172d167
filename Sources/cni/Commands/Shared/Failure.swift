// SPDX-License-Identifier: Apache-2.0

internal import CNIRuntime

/// Why a command failed, and what to do next.
struct Failure: Error {
    /// What was attempted, on what, and what is wrong.
    var message: String
    /// What else is known, a line each.
    var details: [String] = []
    /// What to do next, a line each.
    var hints: [String] = []
    /// The kind of failure, for programs, if there is no ``cause`` that knows.
    var reason: String?
    /// The runtime's error behind it.
    var cause: RuntimeError?

    init(_ message: String, details: [String] = [], hints: [String] = []) {
        self.message = message
        self.details = details
        self.hints = hints
    }

    /// Prints it: for a person on the standard error, for a program on the standard output.
    func report(json: Bool) {
        if json {
            Console.output.document(["error": self.json])
            return
        }
        Console.error.line("\("error:", .red) \(message)")
        for line in details { Console.error.line("  \(line)") }
        for line in hints { Console.error.line("\("hint:", .yellow) \(line)") }
    }

    /// What programs get: `message`, `details`, `hints`, and of the runtime's error its parts.
    var json: JSON {
        var members = cause?.members ?? [:]
        if cause == nil { members["message"] = .string(message) }
        if cause == nil, !details.isEmpty { members["details"] = .string(details.joined(separator: "\n")) }
        if let reason { members["reason"] = .string(reason) }
        if !hints.isEmpty { members["hints"] = JSON(hints) }
        return .object(members)
    }
}

extension RuntimeError {
    /// The parts of the error, by the names that programs get.
    var members: JSONObject {
        var members: JSONObject = [
            "message": .string(error.message), "reason": .string(reason.rawValue),
            "code": JSON(code.rawValue),
        ]
        if let details = error.details { members["details"] = .string(details) }
        if let command { members["command"] = .string(command.rawValue) }
        if let network { members["network"] = .string(network) }
        if let plugin { members["plugin"] = .string(plugin) }
        if !diagnostics.isEmpty { members["diagnostics"] = .string(diagnostics) }
        if !others.isEmpty { members["others"] = .array(others.map { .object($0.members) }) }
        return members
    }
}
