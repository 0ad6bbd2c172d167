// SPDX-License-Identifier: Apache-2.0

/// DetachNetworkInterface.
package struct DetachNetworkInterface: Operation {
    package static let action = "DetachNetworkInterface"

    package var attachment: String
    package var force = false

    package init(attachment: String, force: Bool = false) {
        self.attachment = attachment
        self.force = force
    }

    package func accesses(in resources: Resources) -> [Access] {
        guard let interface = resources.interfaces.values.first(where: { $0.attachment?.id == attachment }),
            let instance = interface.attachment?.instance
        else { return [Access(action: Self.action, resource: "network-interface/*")] }
        return [interface.id, instance].map { .existing($0, Self.action, in: resources) }
    }

    package func perform(in region: inout Region) throws(EC2Error) {
        let interface = try region.resources.interface(attachedBy: attachment)
        guard let attached = interface.attachment else { return }
        guard attached.deviceIndex != 0 || attached.networkCard != 0 else {
            throw EC2Error(
                "OperationNotPermitted",
                "The network interface at device index 0 and networkCard index 0 cannot be detached.")
        }
        if force {
            region.resources.interfaces[interface.id]?.attachment = nil
            if region.settings.forceBlocksIndex {
                region.resources.instances[attached.instance]?.blockedIndexes
                    .insert([attached.networkCard, attached.deviceIndex])
            }
            return
        }
        guard attached.status == .attached else {
            throw .incorrectState("Attachment '\(attachment)' is in the state '\(attached.status.rawValue)'.")
        }
        region.resources.interfaces[interface.id]?.attachment?.status = .detaching
        region.schedule(.detached(attachment: attachment), after: region.settings.detachTime)
    }
}

/// DeleteNetworkInterface.
package struct DeleteNetworkInterface: Operation {
    package static let action = "DeleteNetworkInterface"

    package var interface: String

    package init(interface: String) { self.interface = interface }

    package func accesses(in resources: Resources) -> [Access] {
        [.existing(interface, Self.action, in: resources)]
    }

    package func perform(in region: inout Region) throws(EC2Error) {
        let interface = try region.resources.interface(interface)
        guard interface.attachment == nil, !interface.isOfService else {
            let text = "Network interface '\(interface.id)' is currently in use."
            throw region.settings.answersInUse
                ? EC2Error("InvalidNetworkInterface.InUse", text) : .invalidValue(text)
        }
        region.remove(interface)
    }
}
