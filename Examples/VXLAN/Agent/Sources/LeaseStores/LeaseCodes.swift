// SPDX-License-Identifier: Apache-2.0

public import NodeAgentCore

extension AgentError.Code {
    /// No subnet is left for this node, or none has been given to it yet.
    public static let noSubnet = AgentError.Code(rawValue: "noSubnet")
    /// The node's own lease is gone, or somebody else's by now: the node has to request another one.
    public static let leaseLost = AgentError.Code(rawValue: "leaseLost")
}
