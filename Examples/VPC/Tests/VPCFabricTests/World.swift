// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Glibc
import Namespaces
import Netlink
import Testing
import VPCFabric

/// Two machines with two ENIs each, an internet and a peer network, all of them namespaces, and the fabric between them.
final class World {
    let folder: TemporaryFolder
    let a: TestContainer
    let b: TestContainer
    let internet: TestContainer
    let peer: TestContainer
    var state: FabricState
    private(set) var fabric: Fabric?

    static let custom =
        "${interface-id} ${srcaddr} ${dstaddr} ${pkt-srcaddr} ${pkt-dstaddr} ${flow-direction} ${action}"

    init() throws {
        folder = try TemporaryFolder()
        let path = "\(folder.path)/gone"
        func container(_ id: String) throws -> TestContainer {
            try TestContainer(id: id, pathAfterwards: path)
        }
        (a, b, internet, peer) = try (
            container("a"), container("b"), container("internet"), container("peer")
        )
        state = try Example().state
        state.instances = [
            .init(id: "i-a", namespacePath: a.path), .init(id: "i-b", namespacePath: b.path),
        ]
        let logs = try [
            FlowLog(path: "\(folder.path)/default.log"),
            FlowLog(path: "\(folder.path)/custom.log", format: FlowLogFormat(Self.custom)),
        ]
        func prefixes(_ texts: String...) throws -> [IPPrefix] {
            try texts.map { try #require(IPPrefix($0)) }
        }
        let fabric = try Fabric(
            state,
            FabricSettings(
                internet: Side(
                    namespacePath: internet.path, name: "wan0",
                    addresses: prefixes("198.51.100.7/32", "2001:4860::8/128")),
                peer: Side(namespacePath: peer.path, name: "vpn0", addresses: prefixes("192.168.5.5/32")),
                flowLogs: logs, flowLogInterval: 3600))
        self.fabric = fabric
        #expect(fabric.problems.isEmpty)
        for eni in state.interfaces { try fabric.configure(eni.id) }
        try configure(
            a, pods: ["10.0.1.11", "2001:db8:0:1::a"], behindSecond: ["100.64.1.17", "2001:db8:0:2:a::7"])
        try configure(
            b, pods: ["10.0.1.21", "2001:db8:0:1::b"], behindSecond: ["100.64.1.33", "2001:db8:0:2:b::7"])
    }

    /// Gives a machine its ENIs' other addresses, and has each leave by the ENI that owns it, as a CNI plugin does.
    private func configure(_ machine: TestContainer, pods: [String], behindSecond: [String]) throws {
        let session = try RoutingSocket(in: machine.namespace())
        let eth0 = try #require(try session.link(.name("eth0"))).index
        let eth1 = try #require(try session.link(.name("eth1"))).index
        let primary = machine === a ? "100.64.0.10" : "100.64.0.20"
        try session.perform { batch in
            for text in pods + behindSecond {
                guard let address = IPAddress(text) else { continue }
                let own = InterfaceAddress(IPPrefix(host: address), skipsDAD: true)
                batch.address(.replace, own, on: pods.contains(text) ? eth0 : eth1)
            }
            for (family, gateway) in [
                (IPAddress.Family.v4, IPAddress("100.64.0.1")), (.v6, Switch.routerAddress),
            ] {
                var route = Route(.everything(family), via: gateway)
                route.table = 101
                route.isOnLink = true
                batch.route(.replace, route, through: eth1)
            }
            // What the kernel has made for the second subnet would send the first ENI's sources by the second one.
            if let subnet = IPPrefix("100.64.0.0/20") {
                var route = Route(subnet)
                route.protocol = RoutingProtocol.kernel
                route.scope = .link
                batch.route(.delete, route, through: eth1)
            }
            // The first ENI's default routes, which the second one's have just taken.
            batch.route(.replace, Route(.everything(.v4), via: IPAddress("10.0.1.1")), through: eth0)
            batch.route(.replace, Route(.everything(.v6), via: Switch.routerAddress), through: eth0)
            for text in behindSecond + [primary] {
                guard let address = IPAddress(text) else { continue }
                var rule = Rule(address.family, priority: 1536, table: 101)
                rule.source = IPPrefix(host: address)
                batch.rule(.add, rule)
            }
        }
    }

    var network: Fabric {
        get throws { try #require(fabric) }
    }

    func change(_ body: (inout FabricState) throws -> Void) throws {
        try body(&state)
        try network.apply(state)
    }

    func change(_ id: String, _ body: (inout ENI) throws -> Void) throws {
        let index = try #require(state.interfaces.firstIndex { $0.id == id })
        try body(&state.interfaces[index])
        try network.apply(state)
    }

    /// Lets go of the fabric.
    func dropFabric() { fabric = nil }

    /// The lines of a flow log past the first, which names the fields.
    func log(_ name: String) throws -> [String] {
        try network.writeFlowLogs()
        let file = try #require(folder.files { $0 == name }.first)
        return file.split(separator: "\"").map(String.init).filter { $0.contains("eni-") }
    }

    /// The link of a name in a container's namespace.
    static func link(_ name: String, in container: TestContainer) throws -> Link? {
        try RoutingSocket(in: container.namespace()).link(.name(name))
    }

    /// A TCP connection and a line in each direction; the client's address as the server sees it, or nil if there is none.
    static func talk(
        _ source: String, in client: TestContainer, to destination: String, in server: TestContainer,
        at bound: String? = nil, port: UInt16 = 80, milliseconds: CInt = 10_000
    ) throws -> String? {
        let listener = try Socket.bound(to: bound ?? destination, port: port, in: server)
        guard
            let end = try Socket.connected(
                from: source, to: destination, port: port, milliseconds: milliseconds, in: client)
        else { return nil }
        let (other, seen) = try #require(try listener.accepted())
        #expect(end.send("question") && other.received()?.text == "question")
        #expect(other.send("answer") && end.received()?.text == "answer")
        return seen
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where this process may not make network namespaces and TAP devices.
    static var needsFabric: Self {
        .enabled("needs CAP_SYS_ADMIN, CAP_NET_ADMIN and /dev/net/tun") {
            guard access("/dev/net/tun", R_OK | W_OK) == 0 else { return false }
            do {
                _ = try NetworkNamespace.anonymous()
                return true
            } catch {
                return false
            }
        }
    }
}
