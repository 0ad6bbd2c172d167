// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import LinuxCore

/// The plugin's end of the conversation with the node's agent.
public struct AgentClient: Sendable {
    /// Where the agent listens by default.
    public static let usualSocket = "/run/swift-cni/vpc/agent.sock"

    /// The path of the agent's socket.
    public let socket: String

    /// Creates a client.
    public init(socket: String = Self.usualSocket) { self.socket = socket }

    /// Asks once, and waits for the answer.
    ///
    /// - Parameter patience: How long all of it may take, in milliseconds.
    public func ask(_ request: AgentRequest, patience: UInt32) throws(AgentFailure) -> AgentAnswer.Content {
        try ask(request, until: Deadline(milliseconds: patience))
    }

    /// Asks for what an attachment gets, and asks again if the agent is restarted while it waits: an agent gives the same
    /// attachment the same addresses.
    ///
    /// - Throws: ``AgentFailure/absent(_:)`` at once if no agent listens to begin with.
    func askPersistently(
        _ request: AgentRequest, patience: UInt32
    ) throws(AgentFailure) -> AgentAnswer.Content {
        let deadline = Deadline(milliseconds: patience)
        var wasLost = false
        while true {
            do throws(AgentFailure) {
                return try ask(request, until: deadline)
            } catch .lost where !deadline.isOver {
                wasLost = true
            } catch .absent where wasLost && !deadline.isOver {
            }
            deadline.pause()
        }
    }

    private func ask(
        _ request: AgentRequest, until deadline: Deadline
    ) throws(AgentFailure) -> AgentAnswer.Content {
        let line: [UInt8]
        do throws(LocalConnectionFailure) {
            let connection = try LocalConnection(to: socket, until: deadline)
            try connection.open()
            line = try connection.exchange(request.line)
        } catch {
            throw AgentFailure(error)
        }
        do throws(CNIError) {
            return try AgentAnswer(parsing: line).content
        } catch {
            throw .unintelligible(error)
        }
    }
}
