// SPDX-License-Identifier: Apache-2.0

internal import CNIRuntime

/// How a network is: whether it can take a container, and which of those that it has are not as they should be.
struct NetworkStanding: Sendable {
    private let name: NetworkName
    /// Why it can take no container.
    var error: Failure?
    private var faults: [(attachment: Attachment, fault: CNIError)] = []

    /// How many attachments are named one by one.
    private static let most = 5

    init(_ name: NetworkName) { self.name = name }

    /// Takes what CHECK of the network's attachments has found.
    mutating func note(_ found: [Attachment: CNIError]) {
        faults = found.sorted { $0.key.key < $1.key.key }.map { ($0.key, $0.value) }
    }

    /// Whether there is nothing to do: an attachment that could not be checked is no fault that is known.
    var isWell: Bool { error == nil && differing.isEmpty }

    private var differing: [(attachment: Attachment, fault: CNIError)] {
        faults.filter { $0.fault.code != .tryAgainLater }
    }

    var json: JSON {
        var members: JSONObject = ["network": .string(name.rawValue), "isReady": .bool(error == nil)]
        if let error { members["error"] = error.json }
        members["attachments"] = .array(
            faults.map { attachment, fault in
                [
                    "containerID": .string(attachment.containerID.rawValue),
                    "interface": .string(attachment.interface.rawValue),
                    "isChecked": .bool(fault.code != .tryAgainLater), "message": .string(fault.message),
                    "details": fault.details.map { .string($0) } ?? .null,
                ]
            })
        return .object(members)
    }

    func print() {
        let ready: StyledText = error == nil ? "\("ready", .green)" : "\("not ready", .red)"
        let damaged: StyledText =
            differing.isEmpty ? "" : ", \("\(Self.count(differing.count)) differ", .red)"
        Console.output.line("\(name.rawValue): \(ready)\(damaged)")
        error?.report(json: false)
        if !differing.isEmpty {
            var failure = failure(
                differing,
                "\(differing.count == 1 ? "is" : "are") not as the plugins made \(differing.count == 1 ? "it" : "them")"
            )
            failure.hints = [
                "`cni repair \(name.rawValue.quotedForShell)` brings back what others have removed"
            ]
            failure.report(json: false)
        }
        let unanswered = faults.filter { $0.fault.code == .tryAgainLater }
        if !unanswered.isEmpty { failure(unanswered, "could not be checked").report(json: false) }
    }

    private func failure(_ entries: [(attachment: Attachment, fault: CNIError)], _ words: String) -> Failure {
        let lines = entries.prefix(Self.most).flatMap { attachment, fault in
            ["\(attachment.key): \(fault.message)"] + (fault.details ?? "").lines.map { "  \($0)" }
        }
        let rest = entries.count > Self.most ? ["and \(entries.count - Self.most) more"] : []
        return Failure("\(Self.count(entries.count)) of network \"\(name)\" \(words)", details: lines + rest)
    }

    private static func count(_ number: Int) -> String {
        number == 1 ? "1 attachment" : "\(number) attachments"
    }
}
