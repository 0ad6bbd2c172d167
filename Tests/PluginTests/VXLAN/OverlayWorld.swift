// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Glibc
import LinuxCore
import Netlink
import NetworkState
import Testing
import VXLANOverlay
import VXLANPlugin

/// Which addresses a cluster has.
enum Families: String, CaseIterable, Sendable {
    case v4, v6, both

    var hasIPv4: Bool { self != .v6 }
    var hasIPv6: Bool { self != .v4 }
}

/// Three nodes on a switch, each a namespace of its own, and the switch another one.
struct OverlayWorld {
    let wire: TestNetwork
    let nodes: [Node]

    struct Node {
        let number: Int
        let network: TestNetwork
        /// The switch, which is there as long as a node is.
        let wire: TestNetwork
        let folder: TemporaryFolder
        var overlay: OverlayNode

        var file: String { "\(folder.path)/agent.json" }

        /// What a user would write.
        var configuration: JSON {
            [
                "cniVersion": "1.1.0", "name": "overlay", "type": "vxlan", "bridge": "cni0",
                "subnetFile": .string(file), "dataDir": .string(network.dataDir.path),
            ]
        }

        /// These nodes beside what the host has of its own now.
        func judged(_ peers: [Lease]) throws -> JudgedLeases {
            try overlay.judged(
                peers,
                beside: HostNetworks(of: overlay.configuration, by: RoutingSocket(in: network.host)))
        }

        /// Has the node's kernel converge to what these nodes need.
        @discardableResult
        func converge(to peers: [Lease]) throws -> [Change] {
            let state = overlay.desiredState(for: try judged(peers))
            return try network.run { try NetworkSession(container: nil).converge(to: state) }
        }

        /// What the plugin has to know.
        func writeFile(lastContact: Int64? = nil) throws {
            try NodeFile.record(overlay.record(lastContact: lastContact ?? Int64(Clock.now))).write(to: file)
        }

        func attach(_ container: TestContainer) throws -> JSON {
            let outcome = try network.call(VXLANPlugin.self, .add, configuration, for: container)
            guard outcome.status == 0, let result = outcome.output else {
                throw Unexpected(description: "ADD of \(container.id): \(outcome)")
            }
            return result
        }
    }

    var leases: [Lease] { nodes.map(\.overlay.lease) }

    init(
        _ families: Families, backend: JSON = ["Type": "vxlan"], underlayMTU: UInt32 = 1500, count: Int = 3
    ) throws {
        let wire = try TestNetwork()
        self.wire = wire
        let routing = try RoutingSocket(in: wire.host)
        try routing.perform {
            $0.addLink("br0", .bridge(Netlink.Bridge()), LinkAttributes(mtu: underlayMTU, isUp: true))
        }
        let bridge = try #require(try routing.link(.name("br0")))
        nodes = try (1...count).map { number in
            let network = try TestNetwork(siblings: .ipam)
            try routing.perform {
                let peer = Veth.Peer(
                    name: "eth0", attributes: LinkAttributes(mtu: underlayMTU), in: network.host)
                $0.addLink("port\(number)", .veth(Veth(peer: peer)), LinkAttributes(mtu: underlayMTU))
                $0.setLink(.name("port\(number)"), LinkAttributes(isUp: true), master: bridge.index)
            }
            return try Self.node(number, network, wire, families, backend)
        }
    }

    private static func node(
        _ number: Int, _ network: TestNetwork, _ wire: TestNetwork, _ families: Families, _ backend: JSON
    ) throws -> Node {
        try network.ip("link set lo up")
        try network.ip("link set eth0 up")
        if families.hasIPv4 { try network.ip("address add 192.168.77.\(number)/24 dev eth0") }
        if families.hasIPv6 { try network.ip("address add fd77::\(number)/64 dev eth0 nodad") }
        let eth0 = try #require(try network.run { try RoutingSocket().link(.name("eth0")) })
        let configuration = try OverlayConfiguration(json: [
            "EnableIPv4": .bool(families.hasIPv4), "Network": "10.5.0.0/16",
            "EnableIPv6": .bool(families.hasIPv6), "IPv6Network": "fd05::/48", "Backend": backend,
        ])
        let lease = try lease(number, families, configuration.backend)
        let underlay = Underlay(
            name: "eth0", index: eth0.index, mtu: eth0.attributes.mtu ?? 1500, v4: lease.v4?.publicIP,
            v6: lease.v6?.publicIP,
            onLink: [IPPrefix("192.168.77.0/24"), IPPrefix("fd77::/64")].compactMap { $0 })
        var overlay = try OverlayNode(configuration: configuration, lease: lease, underlay: underlay)
        overlay.usesNexthops = try network.run { OverlayNode.kernelShowsNexthops }
        return Node(
            number: number, network: network, wire: wire, folder: try TemporaryFolder(), overlay: overlay)
    }

    static func lease(_ number: Int, _ families: Families, _ backend: OverlayBackend) throws -> Lease {
        func part(_ subnet: String, _ address: String, _ kind: UInt64) throws -> Lease.Part {
            let mac = MACAddress(bits: 0x0242_0000_0000 | kind << 16 | UInt64(number))
            return Lease.Part(
                subnet: try #require(IPPrefix(subnet)), publicIP: try #require(IPAddress(address)),
                tunnel: backend.isTunnel ? Lease.Tunnel(vni: backend.vni, mac: mac) : nil)
        }
        return Lease(
            v4: families.hasIPv4 ? try part("10.5.\(number).0/24", "192.168.77.\(number)", 4) : nil,
            v6: families.hasIPv6 ? try part("fd05:0:0:\(number)::/64", "fd77::\(number)", 6) : nil,
            backendType: backend.kind.rawValue)
    }

    /// Programs every node, and attaches a container to each; returns the containers with their addresses.
    func populate() throws -> [(node: Node, container: TestContainer, addresses: [IPAddress])] {
        try nodes.map { node in
            try node.converge(to: leases)
            try node.writeFile()
            let container = try node.network.container("pod\(node.number)")
            let result = try node.attach(container)
            let addresses = (result["ips"]?.array ?? []).compactMap { ip in
                ip["address"]?.string.flatMap { IPPrefix($0)?.address }
            }
            return (node, container, addresses)
        }
    }
}

extension TestContainer {
    /// Takes no echo request but those from some addresses, so that a ping tells the address it came from.
    func admitPings(onlyFrom addresses: [IPAddress]) throws {
        try run {
            let name = NFTables.TableName(.inet, "test")
            let chain = NFTables.Chain(
                name, "input", base: NFTables.Base(.filter, .input, priority: NFTables.Priority.filter))
            var batch = NFTablesBatch()
            batch.add(NFTables.Table(name))
            batch.add(chain)
            for (family, proto, kind) in [
                (IPAddress.Family.v4, UInt8(1), UInt16(8) << 8), (.v6, 58, UInt16(128) << 8),
            ] {
                var rule = NFTables.Rule(in: chain).l4proto(proto).match(.thSport, .service(kind))
                let own = addresses.filter { $0.family == family }
                if own.isEmpty { continue }
                for address in own { rule = rule.saddr(IPPrefix(host: address), isNot: true) }
                batch.add(rule.drop())
            }
            try NFTablesSocket().perform(batch)
        }
    }

    /// Pings until there is an answer, for a minute and a half at most.
    func ping(_ address: IPAddress) throws -> (status: CInt, output: String) {
        try run { Program.run(["/usr/bin/ping", "-n", "-c", "1", "-w", "90", "\(address)"]) }
    }

    /// Whether a ping of so many bytes of payload, which must not be fragmented, is answered.
    ///
    /// - Parameter limit: For how many seconds they go on.
    func canPing(_ address: IPAddress, payload: Int, limit: Int = 90) throws -> Bool {
        try run {
            Program.run([
                "/usr/bin/ping", "-n", "-c", "1", "-w", "\(limit)", "-M", "do", "-s", "\(payload)",
                "\(address)",
            ])
        }.status == 0
    }
}

extension NodeFile {
    /// Makes a file of this content.
    static func put(_ content: String, at path: String) throws {
        try File.create(path, Array(content.utf8), mode: 0o644)
    }
}
