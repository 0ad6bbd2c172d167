// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import VPCNetwork

/// Where the node's agent is, and where notes for it go.
struct AgentPlace {
    let agent: AgentClient
    let notes: ReleasedAttachments

    static let keys = ["agentSocket", "releasedFolder"]

    /// How long DEL and GC wait for the agent, in milliseconds: a container that goes waits for nobody.
    static let shortPatience: UInt32 = 5000

    init(_ keys: JSONCursor) throws(CNIError) {
        agent = AgentClient(socket: try keys["agentSocket"].nonEmptyText() ?? AgentClient.usualSocket)
        notes = ReleasedAttachments(
            folder: try keys["releasedFolder"].nonEmptyText() ?? ReleasedAttachments.usualFolder)
    }

    /// The usual place for a configuration that cannot be read.
    init(of network: NetworkConfiguration) {
        agent = AgentClient(socket: network.raw["agentSocket"]?.string ?? AgentClient.usualSocket)
        notes = ReleasedAttachments(
            folder: network.raw["releasedFolder"]?.string ?? ReleasedAttachments.usualFolder)
    }

    /// Gives back what the agent has given an attachment.
    func release(_ attachment: Attachment) throws(CNIError) {
        try agent.release(
            attachment, patience: Self.shortPatience, notes: notes)
    }
}
