// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NodeAgentCore
internal import NodeAgentHTTP

/// The pool of the agent that runs.
enum AgentPool {
    /// - Throws: `AgentError` if the agent does not answer.
    static func read(at address: String) async throws(AgentError) -> JSON {
        let client = try JSONClient("http://\(address)")
        let answer = try await client.request(.get, "/v1/pool")
        guard answer.isSuccess else {
            throw AgentError(.malformed, "http://\(address)/v1/pool: status \(answer.status)")
        }
        return answer.body
    }
}
