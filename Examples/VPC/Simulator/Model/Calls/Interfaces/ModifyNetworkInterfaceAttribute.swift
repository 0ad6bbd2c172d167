// SPDX-License-Identifier: Apache-2.0

/// ModifyNetworkInterfaceAttribute: one attribute a call.
package struct ModifyNetworkInterfaceAttribute: Operation {
    package static let action = "ModifyNetworkInterfaceAttribute"

    /// What is to change.
    package enum Change: Sendable {
        case description(String)
        case sourceDestinationCheck(Bool)
        /// Replaces all groups.
        case groups([String])
        case deleteOnTermination(attachment: String, Bool)
        case connectionTracking(NetworkInterface.ConnectionTracking)
        case primaryIPv6(Bool)
    }

    package var interface: String
    package var changes: [Change]

    package init(interface: String, changes: [Change]) {
        self.interface = interface
        self.changes = changes
    }

    package func accesses(in resources: Resources) -> [Access] {
        var ids = [interface]
        if case .groups(let groups)? = changes.first { ids += groups }
        return ids.map { .existing($0, Self.action, in: resources) }
    }

    package func perform(in region: inout Region) throws(EC2Error) {
        var interface = try region.resources.interface(interface)
        guard let change = changes.first else { throw .missing("attribute") }
        guard changes.count == 1 else {
            throw .invalidCombination("Only one attribute can be modified at a time")
        }
        switch change {
        case .description(let text): interface.description = text
        case .sourceDestinationCheck(let isOn): interface.checksSourceAndDestination = isOn
        case .groups(let groups):
            guard !groups.isEmpty else { throw .missing("groups") }
            try region.check(groups: groups, in: interface.vpc)
            interface.groups = groups
        case .deleteOnTermination(let attachment, let isOn):
            guard interface.attachment?.id == attachment else {
                throw EC2Error(
                    "InvalidAttachmentID.NotFound", "The attachment ID '\(attachment)' does not exist")
            }
            interface.attachment?.deleteOnTermination = isOn
        case .connectionTracking(let tracking):
            try tracking.check()
            interface.connectionTracking = tracking
        case .primaryIPv6(let isOn):
            guard isOn, !interface.ipv6Addresses.isEmpty else {
                throw .invalidValue("A primary IPv6 address needs an IPv6 address, and cannot be disabled")
            }
            interface.hasPrimaryIPv6 = true
        }
        region.resources.interfaces[interface.id] = interface
    }
}
