// SPDX-License-Identifier: Apache-2.0

package import AddressPool
internal import CNITypes
internal import Glibc
internal import LinuxCore
package import NodeAgentCore

/// What this agent has given out, as the reference's agent reads it: the way back of ``Checkpoint``.
package struct HandedBack: Sendable {
    private let paths: AgentPaths
    private let options: AgentOptions

    package init(_ paths: AgentPaths, _ options: AgentOptions) {
        self.paths = paths
        self.options = options
    }

    /// Reads the journal and writes the checkpoint.
    ///
    /// The journal goes, and with it what it knows: if this agent comes again, it takes the node over from the checkpoint
    /// as it is by then.
    ///
    /// - Returns: What the reference cannot take over, a line each.
    /// - Throws: ``AgentError/Code/refused`` if either agent runs, ``AgentError/Code/notConfigured`` without a journal.
    package func write(otherAgent: String? = OtherAgent.evidence()) throws(AgentError) -> [String] {
        if let otherAgent { throw AgentError(.refused, "aws-node runs on this node (\(otherAgent))") }
        let content: JournalContent
        do throws(SystemError) {
            let journal = try JournalFile(paths.journal, boot: NodeBoot.id)
            content = journal.found
        } catch {
            if error.errno == EAGAIN {
                throw AgentError(.refused, "vpc-agent runs on this node: it has \(paths.journal)")
            }
            throw AgentError(.notConfigured, "\(error)")
        }
        guard content.records > 0 else {
            throw AgentError(.notConfigured, "\(paths.journal) says nothing: this agent has not run here")
        }
        var left: [String] = []
        // Of another boot no container is left.
        let isSameBoot = content.boot == NodeBoot.id
        let assignments = isSameBoot ? content.assignments.values.sorted { $0.key < $1.key } : []
        var entries: [JSON] = []
        for assignment in assignments {
            switch Self.entry(assignment, seconds: NodeClock.seconds) {
            case .success(let entry): entries.append(entry)
            case .failure(let reason): left.append("\(assignment.key) (\(assignment.pod)): \(reason.text)")
            }
        }
        let document: JSON = ["version": .string(Checkpoint.version), "allocations": .array(entries)]
        try RecordFile(path: options.checkpoint).write(Array(document.serialized().utf8))
        try RecordFile(path: paths.journal).remove()
        return left
    }

    struct Reason: Error { let text: String }

    /// The reference's plugin asks by the network's name of its own conflist.
    static let network = "aws-cni"

    static func entry(_ assignment: Assignment, seconds: Int64) -> Result<JSON, Reason> {
        guard assignment.kind == .shared else { return .failure(Reason(text: "it has an ENI of its own")) }
        if assignment.v4 != nil, assignment.v6 != nil {
            return .failure(Reason(text: "it has both families, which the reference has not"))
        }
        let parts = assignment.pod.split(separator: "/", maxSplits: 1).map(String.init)
        var entry: JSON = [
            "networkName": .string(network), "containerID": .string(assignment.key.container),
            "ifName": .string(assignment.key.interface),
            "allocationTimestamp": JSON(Int(seconds * 1_000_000_000)),
            "metadata": [
                "k8sPodNamespace": .string(parts.count == 2 ? parts[0] : ""),
                "k8sPodName": .string(parts.count == 2 ? parts[1] : ""), "interfacesCount": 1,
            ],
        ]
        if let v4 = assignment.v4 { entry["ipv4"] = .string(v4.description) }
        if let v6 = assignment.v6 { entry["ipv6"] = .string(v6.description) }
        return .success(entry)
    }
}
