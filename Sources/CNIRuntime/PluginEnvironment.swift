// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The environment variables of plugins: the runtime's own but for CNI's, and what the call adds.
struct PluginEnvironment: Sendable {
    private let base: [String: String]

    /// - Parameter variables: Those of a runtime, in which there may be variables of a call to itself.
    init(_ variables: [String: String]) {
        // A runtime that is a plugin itself, as meta-plugins are, has variables that are not meant for others.
        base = variables.filter { !$0.key.hasPrefix("CNI_") }
    }

    /// The environment of this process; of variables that are there twice the first counts, as for getenv(3).
    static var ofProcess: [String: String] {
        var variables: [String: String] = [:]
        // Null past clearenv(3), which its type does not say.
        guard var next = Optional(environ) else { return [:] }
        while let text = next.pointee {
            let parts = String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, variables[String(parts[0])] == nil {
                variables[String(parts[0])] = String(parts[1])
            }
            next += 1
        }
        return variables
    }

    /// The variables for a verb on a network.
    func variables(_ command: Command, folders: [String]) -> [String: String] {
        var variables = base
        if let trace = TraceContext.current {
            variables["TRACEPARENT"] = trace.traceParent
            variables["TRACESTATE"] = trace.traceState
            variables["BAGGAGE"] = trace.baggage
        }
        variables["CNI_COMMAND"] = command.rawValue
        variables["CNI_PATH"] = folders.joined(separator: ":")
        return variables
    }

    /// The variables for a verb on an attachment.
    func variables(
        _ command: Command, folders: [String], _ request: AttachmentRequest
    ) throws(CNIError) -> [String: String] {
        var variables = variables(command, folders: folders)
        variables["CNI_CONTAINERID"] = request.containerID.rawValue
        variables["CNI_NETNS"] = request.namespacePath ?? ""
        variables["CNI_IFNAME"] = request.interface.rawValue
        variables["CNI_ARGS"] = try request.argumentText()
        return variables
    }
}
