// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import VPCModel

extension FabricState {
    /// The packets' side of a VPC of the model: EC2 says what is attached, and the fabric does so.
    ///
    /// An ENI that is attaching is not there yet, one that is detaching still is, as in EC2. A machine that is not known by
    /// a namespace has no links, and neither has one that does not run.
    ///
    /// - Parameters:
    ///   - resources: The model as it is now, not as Describe or the metadata show it.
    ///   - vpc: The id of the VPC.
    ///   - settings: Account and region, for flow logs.
    ///   - namespaces: The paths of machines' namespaces, by instance id.
    ///   - peerNetworks: The networks behind the VPN, to which every subnet has a route.
    ///   - name: The name of a link in its machine's namespace, `eth` with the device index if it is left out.
    public init(
        _ resources: Resources, of vpc: String, settings: RegionSettings, namespaces: [String: String],
        peerNetworks: [IPPrefix] = [],
        name: (VPCModel.Attachment) -> String = { "eth\($0.deviceIndex)" }
    ) {
        self.init(
            account: settings.account, region: settings.region, vpc: vpc,
            networks: resources.vpcs[vpc]?.cidrs ?? [])
        self.peerNetworks = peerNetworks
        subnets = resources.subnets.values.filter { $0.vpc == vpc }.sorted { $0.serial < $1.serial }.map {
            Subnet($0, peerNetworks)
        }
        groups = resources.groups.values.filter { $0.vpc == vpc }.sorted { $0.serial < $1.serial }.map(
            SecurityGroup.init)
        let running = resources.instances.filter {
            $0.value.state == .running || $0.value.state == .shuttingDown
        }
        instances = namespaces.filter { running[$0.key] != nil }.sorted { $0.key < $1.key }.map {
            Instance(id: $0.key, namespacePath: $0.value)
        }
        let here = Set(instances.map(\.id))
        interfaces = resources.interfaces.values.filter { $0.vpc == vpc }.sorted { $0.serial < $1.serial }.map
        {
            var eni = ENI($0)
            if let attachment = $0.attachment, attachment.status != .attaching,
                here.contains(attachment.instance)
            {
                eni.attachment = .device(instance: attachment.instance, name: name(attachment))
            }
            return eni
        }
    }
}

extension Subnet {
    fileprivate init(_ subnet: VPCModel.Subnet, _ peerNetworks: [IPPrefix]) {
        self.init(
            id: subnet.id, zone: subnet.zoneID, networks: [subnet.cidr] + (subnet.ipv6.map { [$0] } ?? []))
        for network in peerNetworks { routes[network] = .vpn }
    }
}

extension ENI {
    fileprivate init(_ interface: NetworkInterface) {
        let primary = interface.primaryAddress
        self.init(
            id: interface.id, subnet: interface.subnet, mac: interface.mac, primary: primary,
            addresses: interface.addresses.map(\.address).filter { $0 != primary } + interface.ipv6Addresses,
            prefixes: interface.ipv4Prefixes + interface.ipv6Prefixes, groups: interface.groups)
        checksSource = interface.checksSourceAndDestination
        for address in interface.addresses { publicAddresses[address.address] = address.publicAddress }
        let given = interface.connectionTracking
        let usual = ConnectionTimeouts()
        timeouts = ConnectionTimeouts(
            establishedTCP: given?.tcpEstablished ?? usual.establishedTCP, udp: given?.udp ?? usual.udp,
            udpStream: given?.udpStream ?? usual.udpStream)
    }
}

extension SecurityGroup {
    fileprivate init(_ group: VPCModel.SecurityGroup) {
        self.init(
            id: group.id, ingress: group.ingress.compactMap(SecurityRule.init),
            egress: group.egress.compactMap(SecurityRule.init))
    }
}

extension SecurityRule {
    /// A rule of the model's; nil if its protocol is none, which then allows nothing.
    fileprivate init?(_ rule: VPCModel.SecurityGroup.Rule) {
        guard let traffic = Traffic(rule) else { return nil }
        switch rule.peer {
        case .cidr(let network): self.init(traffic, peers: [.network(network)])
        case .group(let id): self.init(traffic, peers: [.group(id)])
        }
    }
}

extension SecurityRule.Traffic {
    fileprivate init?(_ rule: VPCModel.SecurityGroup.Rule) {
        /// -1 is every type or code.
        func number(_ value: Int?) -> UInt8? { value.flatMap { UInt8(exactly: $0) } }
        let first = rule.fromPort.flatMap { UInt16(exactly: $0) } ?? 0
        let last = rule.toPort.flatMap { UInt16(exactly: $0) } ?? .max
        let ports = first...max(first, last)
        switch rule.networkProtocol {
        case "-1": self = .all
        case "tcp", "6": self = .tcp(ports)
        case "udp", "17": self = .udp(ports)
        case "icmp", "1": self = .icmp(type: number(rule.fromPort), code: number(rule.toPort))
        case "icmpv6", "58": self = .icmp6(type: number(rule.fromPort), code: number(rule.toPort))
        default:
            guard let other = UInt8(rule.networkProtocol) else { return nil }
            self = .other(other)
        }
    }
}
