// SPDX-License-Identifier: Apache-2.0

internal import CNIRuntime

extension Failure {
    /// A failure of the runtime, in whose words it is, with what helps against it.
    ///
    /// - Parameter attachment: What it was about, with the words that name it on this tool's command line.
    init(_ error: RuntimeError, _ attachment: AttachmentArguments? = nil) {
        var first = error
        (first.diagnostics, first.others, first.error.details) = ("", [], nil)
        self.init(first.description)
        cause = error
        details = (error.error.details ?? "").lines
        details += error.diagnostics.lines.map { "standard error: \($0)" }
        for other in error.others { details += "also: \(other)".lines }
        hints = Self.hints(error, attachment)
    }

    private static func hints(
        _ error: RuntimeError, _ attachment: AttachmentArguments?
    ) -> [String] {
        var hints: [String] = []
        switch error.reason {
        case .notFound:
            hints.append("CNI_PATH or --plugin-path sets the folders, `cni versions` lists what is there")
        case .timedOut:
            hints.append("--timeout gives each plugin more time")
        case .notStarted:
            hints.append("is it built for this machine, and executable? `cni versions` tries every plugin")
        case .wrongState where error.command == .add:
            if let attachment { hints.append("`cni del \(attachment.words)` detaches it") }
        case .wrongState:
            hints.append("`cni list` shows what is attached; --cache-dir names another cache")
        default: break
        }
        if error.command == .add, !error.others.isEmpty, let attachment {
            hints.append("not everything could be undone: `cni del \(attachment.words)` tries again")
        }
        if !isRoot, error.reason != .notFound, error.reason != .wrongState, error.reason != .invalid {
            hints.append("this takes root, or CAP_NET_ADMIN and CAP_SYS_ADMIN: try sudo")
        }
        return hints
    }
}

/// Does what throws the runtime's errors, with what helps against them.
func explaining<Value>(
    _ attachment: AttachmentArguments? = nil,
    _ body: () async throws(RuntimeError) -> Value
) async throws(Failure) -> Value {
    do throws(RuntimeError) {
        return try await body()
    } catch {
        throw Failure(error, attachment)
    }
}
