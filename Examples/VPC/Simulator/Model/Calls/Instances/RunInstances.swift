// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// RunInstances, as far as networks go.
package struct RunInstances: Operation, Hashable {
    package static let action = "RunInstances"

    /// An interface to launch with.
    package struct Interface: Hashable, Sendable {
        package var deviceIndex: Int
        package var networkCard = 0
        /// An existing interface, or else what to make.
        package var existing: String?
        package var new: CreateNetworkInterface?
        package var deleteOnTermination: Bool?
        /// Whether it gets a public address; nil is as the subnet says.
        package var wantsPublicAddress: Bool?

        package init(deviceIndex: Int) { self.deviceIndex = deviceIndex }
    }

    package var type = "m5.large"
    package var image = "ami-0simulator00000000"
    package var count = 1
    /// The interfaces; the first is the primary one.
    package var interfaces: [Interface]
    package var role: String?
    package var metadata = Instance.MetadataOptions()
    package var instanceTags: [String: String] = [:]
    package var interfaceTags: [String: String] = [:]
    package var clientToken: String?

    package init(interfaces: [Interface]) { self.interfaces = interfaces }

    /// A launch with one new interface in a subnet.
    package init(
        subnet: String, type: String = "m5.large", groups: [String] = [], primaryAddress: IPAddress? = nil
    ) {
        var primary = Interface(deviceIndex: 0)
        var new = CreateNetworkInterface(subnet: subnet)
        new.groups = groups
        new.primaryAddress = primaryAddress
        primary.new = new
        self.init(interfaces: [primary])
        self.type = type
    }

    package func accesses(in resources: Resources) -> [Access] {
        let ids = interfaces.flatMap { interface in
            [interface.existing, interface.new?.subnet].compactMap { $0 } + (interface.new?.groups ?? [])
        }
        return Access.new(.instance, Self.action, tags: instanceTags)
            + Access.new(.networkInterface, Self.action, tags: interfaceTags)
            + ids.map { .existing($0, Self.action, in: resources) }
    }

    package func perform(in region: inout Region) throws(EC2Error) -> [Instance] {
        if let clientToken {
            try ClientTokenUse.check(clientToken)
            switch region.clientTokens[clientToken] {
            case nil: break
            case .launch(let earlier, let reservation)?:
                guard earlier == self else { throw ClientTokenUse.mismatch }
                return region.resources.instances.values.filter { $0.reservation == reservation }
                    .sorted { $0.serial < $1.serial }
            case .interface?: throw ClientTokenUse.mismatch
            }
        }
        guard 1...100 ~= count else {
            throw .invalidValue("Value (\(count)) for parameter minCount is invalid.")
        }
        let reservation = region.random.identifier("r")
        var launched: [Instance] = []
        for _ in 0..<count { launched.append(try region.launch(self, reservation: reservation)) }
        if let clientToken {
            region.clientTokens[clientToken] = .launch(request: self, reservation: reservation)
        }
        return launched
    }
}

extension Region {
    fileprivate mutating func launch(_ request: RunInstances, reservation: String) throws(EC2Error)
        -> Instance
    {
        guard let type = settings.type(request.type) else {
            throw .invalidValue("Invalid value '\(request.type)' for InstanceType.")
        }
        try checkTags(request.instanceTags)
        guard 1...64 ~= request.metadata.hopLimit else {
            throw .invalidValue(
                "Value (\(request.metadata.hopLimit)) for parameter HttpPutResponseHopLimit is invalid.")
        }
        guard let primary = request.interfaces.first(where: { $0.deviceIndex == 0 && $0.networkCard == 0 })
        else {
            throw .missing("subnetId or a network interface with the device index 0")
        }
        let subnet = try resources.subnet(
            primary.existing.map { id throws(EC2Error) in try resources.interface(id).subnet } ?? primary.new?
                .subnet ?? "")
        let instance = Instance(
            id: random.identifier("i"), serial: serial(), reservation: reservation, type: type,
            image: request.image,
            subnet: subnet.id, vpc: subnet.vpc, zone: subnet.zone, zoneID: subnet.zoneID, role: request.role,
            clientToken: request.clientToken, launchedAt: now, state: .pending, metadata: request.metadata,
            tags: request.instanceTags)
        resources.instances[instance.id] = instance
        for interface in request.interfaces { try add(interface, to: instance, of: request) }
        schedule(.running(instance: instance.id), after: settings.launchTime)
        return instance
    }

    private mutating func add(
        _ wanted: RunInstances.Interface, to instance: Instance, of request: RunInstances
    ) throws(EC2Error) {
        let interface: NetworkInterface
        if let existing = wanted.existing {
            interface = try resources.interface(existing)
            guard interface.attachment == nil else {
                throw EC2Error("InvalidNetworkInterface.InUse", "Interface: [\(interface.id)] in use.")
            }
        } else if var new = wanted.new {
            new.tags = request.interfaceTags
            interface = try make(new)
        } else {
            throw .missing("subnetId")
        }
        if wanted.wantsPublicAddress ?? (resources.subnets[interface.subnet]?.mapsPublicAddress ?? false),
            wanted.existing == nil
        {
            let address = unusedPublicAddress()
            resources.interfaces[interface.id]?.addresses[0].publicAddress = address
        }
        _ = try attach(
            interface, to: instance, deviceIndex: wanted.deviceIndex, networkCard: wanted.networkCard,
            deleteOnTermination: wanted.deleteOnTermination ?? (wanted.existing == nil))
    }

    /// Any address of 198.51.100.0/24 and its neighbours 203.0.113.0/24 (RFC 5737), which are nobody's on the internet.
    private mutating func unusedPublicAddress() -> IPAddress {
        let used = Set(resources.interfaces.values.flatMap { $0.addresses.compactMap(\.publicAddress) })
        for _ in 0..<4096 {
            let network: UInt128 = random.next() & 1 == 0 ? 0xc633_6400 : 0xcb00_7100
            let address = IPAddress(.v4, bits: network | UInt128(1 + random.next() % 254))
            if !used.contains(address) { return address }
        }
        return IPAddress(.v4, bits: 0xcb00_7101)
    }
}
