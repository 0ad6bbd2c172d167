// SPDX-License-Identifier: Apache-2.0

internal import VPCNetwork

/// Where the agent keeps what it needs.
package struct AgentPaths: Hashable, Sendable {
    /// Below it the journal is.
    package var state = "/run/swift-cni/vpc"
    package var socket = AgentClient.usualSocket
    /// Notes of DELs that came while no agent listened.
    package var released = ReleasedAttachments.usualFolder
    /// Folders with namespaces that have names.
    package var namespaces = ["/run/netns", "/var/run/netns", "/run/docker/netns"]
    /// What pods want of ENIs of their own; nil for nothing.
    package var exclusive: String?
    /// Which subnet and security groups pods' ENIs have with custom networking; nil for Kubernetes' ENIConfig objects.
    package var eniConfigs: String?

    package init() {}

    package var journal: String { "\(state)/journal" }
    /// What the node had when EC2 answered last.
    package var record: String { "\(state)/node.json" }
}
