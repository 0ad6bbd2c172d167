// SPDX-License-Identifier: Apache-2.0

/// AttachNetworkInterface.
package struct AttachNetworkInterface: Operation {
    package static let action = "AttachNetworkInterface"

    package var interface: String
    package var instance: String
    package var deviceIndex: Int
    /// The network card; nil is the default card, but then EC2 compares device indexes across all cards.
    package var networkCard: Int?

    package init(interface: String, instance: String, deviceIndex: Int, networkCard: Int? = nil) {
        self.interface = interface
        self.instance = instance
        self.deviceIndex = deviceIndex
        self.networkCard = networkCard
    }

    package func accesses(in resources: Resources) -> [Access] {
        [interface, instance].map { .existing($0, Self.action, in: resources) }
    }

    package func perform(in region: inout Region) throws(EC2Error) -> Attachment {
        let interface = try region.resources.interface(interface)
        let instance = try region.resources.instance(instance)
        guard interface.attachment == nil, !interface.isOfService else {
            throw EC2Error("InvalidNetworkInterface.InUse", "Interface: [\(interface.id)] in use.")
        }
        return try region.attach(
            interface, to: instance, deviceIndex: deviceIndex, networkCard: networkCard,
            deleteOnTermination: false)
    }
}

extension Region {
    /// Attaches an interface, for the call of that name and for launches.
    mutating func attach(
        _ interface: NetworkInterface, to instance: Instance, deviceIndex: Int, networkCard: Int?,
        deleteOnTermination: Bool
    ) throws(EC2Error) -> Attachment {
        guard instance.acceptsInterfaces else {
            throw .incorrectState(
                "The instance '\(instance.id)' is not in a state that interfaces can be attached in.")
        }
        guard interface.zone == instance.zone else {
            throw .invalidCombination(
                "You may not attach a network interface to an instance if they are not in the same availability zone"
            )
        }
        let card = networkCard ?? 0
        guard instance.type.cards.indices.contains(card) else {
            throw .invalidValue("Network card index \(card) is not valid for \(instance.type.name)")
        }
        guard deviceIndex >= 0 else {
            throw .invalidValue("Value (\(deviceIndex)) for parameter deviceIndex is invalid.")
        }
        let attached = resources.interfaces(of: instance.id).compactMap(\.attachment)
        let isTaken = attached.contains {
            $0.deviceIndex == deviceIndex && (networkCard == nil || $0.networkCard == card)
        }
        guard !isTaken, !instance.blockedIndexes.contains([card, deviceIndex]) else {
            throw .invalidValue(
                "Instance '\(instance.id)' already has an interface attached at device index '\(deviceIndex)'."
            )
        }
        let count = attached.filter { $0.networkCard == card }.count + 1
        guard count <= instance.type.cards[card] else {
            throw EC2Error(
                "AttachmentLimitExceeded",
                "Interface count \(count) exceeds the limit for \(instance.type.name)")
        }
        try checkAddresses(of: interface, on: instance.type)
        let attachment = Attachment(
            id: random.identifier("eni-attach"), instance: instance.id, deviceIndex: deviceIndex,
            networkCard: card,
            attachedAt: now, status: .attaching, deleteOnTermination: deleteOnTermination)
        resources.interfaces[interface.id]?.attachment = attachment
        schedule(.attached(attachment: attachment.id), after: settings.attachTime)
        return attachment
    }

    /// Creating knows no instance: what the type does not admit is refused here.
    private func checkAddresses(of interface: NetworkInterface, on type: InstanceType) throws(EC2Error) {
        for (count, limit) in [
            (interface.ipv4Slots, type.ipv4PerInterface), (interface.ipv6Slots, type.ipv6PerInterface),
        ] where count > limit {
            throw EC2Error(
                "InvalidInterface.IpAddressLimitExceeded",
                "Address count \(count) on interface \(interface.id) exceeds the limit for \(type.name)")
        }
        if !interface.ipv4Prefixes.isEmpty || !interface.ipv6Prefixes.isEmpty, !type.supportsPrefixes {
            throw .prefixesUnsupported(by: type)
        }
        if interface.type.hasPrefix("efa"), !type.supportsEFA {
            throw .invalidValue("The instance type \(type.name) does not support elastic fabric adapters")
        }
    }
}

extension EC2Error {
    /// Prefixes are for Nitro.
    static func prefixesUnsupported(by type: InstanceType) -> EC2Error {
        .invalidValue("The instance type \(type.name) does not support IP prefixes: it is not based on Nitro")
    }
}
