// SPDX-License-Identifier: Apache-2.0

/// A verb of the specification (section 2, CNI_COMMAND).
public enum Command: String, Hashable, Sendable, CaseIterable {
    /// Attach a container, or change an attachment.
    case add = "ADD"
    /// Verify an attachment.
    case check = "CHECK"
    /// Detach a container.
    case delete = "DEL"
    /// Remove what belongs to no valid attachment.
    case collect = "GC"
    /// Say whether the plugin can take attachments.
    case status = "STATUS"
    /// Say which versions of the specification the plugin speaks.
    case version = "VERSION"

    /// The first version of the specification that has the verb.
    public var since: SpecVersion {
        switch self {
        case .add, .delete, .version: .v0_1_0
        case .check: .v0_4_0
        case .collect, .status: .v1_1_0
        }
    }

    /// The environment variables without which the verb makes no sense, in the order in which they are reported.
    package var requiredVariables: [String] {
        switch self {
        case .add, .check: ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"]
        case .delete: ["CNI_CONTAINERID", "CNI_IFNAME"]
        case .collect: ["CNI_PATH"]
        case .status, .version: []
        }
    }
}
