// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// Whether living containers are attached as their plugins made them, as the plugins say themselves (CHECK).
///
/// Sees what nothing else does: that a firewall was reloaded, a bridge lost its address, a route is gone.
struct AttachmentExamination: Examination {
    let id = "attachment-differs"
    let healthy = "containers are attached as their plugins made them"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        let faulty = (survey.attachments?.entries ?? []).filter { $0.isAlive && $0.fault != nil }
        let networks = [NetworkName: [KnownAttachments.Entry]](grouping: faulty, by: \.network)
            .sorted { $0.key.rawValue < $1.key.rawValue }
        return networks.flatMap { network, entries in
            let unanswered = entries.filter { $0.fault?.code == .tryAgainLater }
            let differing = entries.filter { $0.fault?.code != .tryAgainLater }
            let words =
                differing.count == 1 ? "is not as its plugins made it" : "are not as their plugins made them"
            return [
                finding(
                    differing, .problem, "of \(network) \(words)",
                    "What others have removed or changed comes back by a repair.",
                    remedy: "cni repair \(network)"),
                finding(unanswered, .warning, "of \(network) could not be checked", ""),
            ].compactMap { $0 }
        }
    }

    private func finding(
        _ entries: [KnownAttachments.Entry], _ severity: Finding.Severity, _ words: String, _ advice: String,
        remedy: String? = nil
    ) -> Finding? {
        if entries.isEmpty { return nil }
        let count = entries.count == 1 ? "1 attachment" : "\(entries.count) attachments"
        let faults = entries.prefix(3).map { entry in
            let key = entry.reference.key(in: entry.network)
            let text = entry.fault?.sentence ?? ""
            return (text.contains(key) ? text : "\(key): \(text)") + "."
        }
        let rest = entries.count > 3 ? ["And \(entries.count - 3) more."] : []
        return Finding(
            id, severity, "\(count) \(words)",
            (faults + rest + [advice]).filter { !$0.isEmpty }.joined(separator: " "), remedy: remedy)
    }
}

extension CNIError {
    /// Most lines of a CHECK's details, one behind the other.
    fileprivate var sentence: String {
        let lines = (details ?? "").split(separator: "\n").map(String.init)
        if lines.isEmpty { return message }
        let rest = lines.count > 6 ? ["and \(lines.count - 6) more"] : []
        return "\(message): \((lines.prefix(6) + rest).joined(separator: "; "))"
    }
}
