// SPDX-License-Identifier: Apache-2.0

/// How a pod is on the VPC.
public enum AttachmentMode: String, Hashable, Sendable, CaseIterable {
    /// With an address of an ENI that pods share, by a veth pair and the node's policy routing.
    case shared
    /// With a whole ENI of its own.
    case exclusive
    /// With a branch of a trunk ENI, as a VLAN of that.
    case branch
}
