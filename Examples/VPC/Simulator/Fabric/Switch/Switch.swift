// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// The VPC's network as a value: a frame in, frames out, and nothing of the kernel's.
///
/// Bytes from machines are not trusted: whatever they are, they are passed on, answered, or dropped and counted.
public struct Switch: Sendable {
    /// The MAC address of the VPC's router, the same in every subnet.
    public static let routerMAC = MACAddress(bits: 0x0e_c200_0000_01)
    /// The router's IPv6 address, `fe80:ec2::1`; it answers at the one of its MAC address, too.
    public static let routerAddress = IPAddress(.v6, bits: 0xfe80_0ec2 << 96 | 1)
    /// The MTU of ENIs, in bytes.
    public static let interfaceMTU = 9001

    /// The VPC.
    public internal(set) var state: FabricState
    /// What has become of the packets so far.
    public internal(set) var counters = Counters()
    /// The flows since the records were taken last.
    public var flows = FlowAggregator()
    /// The MTU of the internet and of the VPN, in bytes.
    public var outsideMTU = 1500

    /// The attached ENIs by id, and what changes with each packet of theirs: who holds a copy of a member must not make
    /// the next packet copy its connections.
    var members: [String: Member] = [:]
    var gates: [String: Gate] = [:]
    var addresses: AddressMap
    /// All ENIs by id, for groups' references.
    var interfaces: [String: ENI] = [:]
    var macs: [MACAddress: String] = [:]
    var branches: [Branch: String] = [:]
    var publicAddresses: [IPAddress: IPAddress] = [:]
    var translations: [String: PortTranslation] = [:]
    var egressOnly = ConnectionTable()
    var fragments = FragmentTable()
    var services: Set<IPAddress> = []
    var routers: Set<IPAddress> = []
    var output: [Outgoing] = []

    struct Branch: Hashable, Sendable {
        var trunk: String
        var vlan: UInt16
    }

    /// Creates the network of a VPC.
    public init(_ state: FabricState) {
        self.state = state
        addresses = AddressMap([])
        apply(state)
    }

    /// Handles what has come in: a frame or a packet, as the port has them.
    ///
    /// - Parameters:
    ///   - bytes: What a machine has sent, as it is.
    ///   - port: Where.
    ///   - now: When; never earlier than the time before.
    public mutating func handle(_ bytes: [UInt8], from port: Port, at now: Moment) -> [Outgoing] {
        output.removeAll()
        switch port {
        case .eni(let id): handleFrame(bytes, of: id, at: now)
        case .internet: handleInternet(bytes, at: now)
        case .peer: handlePeer(bytes, at: now)
        case .services: handleServices(bytes, at: now)
        }
        return output
    }

    /// Forgets connections, translations and fragments that have expired; to be called every few seconds.
    public mutating func sweep(at now: Moment) {
        for id in gates.keys { gates[id]?.filter.sweep(at: now) }
        for id in translations.keys { translations[id]?.sweep(at: now) }
        egressOnly.sweep(at: now)
        fragments.sweep(at: now)
    }

    /// The number of an ENI's tracked connections; nil for one that is not attached.
    public func connectionCount(of eni: String) -> Int? { gates[eni]?.filter.connectionCount }

    /// Counts a frame that the kernel did not take.
    mutating func countUndelivered() { counters.drop(.interfaceDown) }
}

/// An attached ENI.
struct Member: Sendable {
    var eni: ENI
    var subnet: Subnet
    /// The device of its frames, its own or its trunk's.
    var port: Port
    var vlan: UInt16?
}

/// What an ENI's packets have to pass.
struct Gate: Sendable {
    var filter: SecurityFilter
    var serviceAllowance = ServiceAllowance()
}

/// At most 1,024 packets a second to link-local services, as each ENI has.
struct ServiceAllowance: Sendable {
    private var second: Int64 = 0
    private var count = 0

    mutating func take(at now: Moment) -> Bool {
        if now.seconds != second { (second, count) = (now.seconds, 0) }
        count += 1
        return count <= 1024
    }
}
