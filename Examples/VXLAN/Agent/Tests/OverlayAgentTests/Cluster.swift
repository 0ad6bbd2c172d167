// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import CNIPlugin
import CNITesting
import CNITypes
import Glibc
import HostLocalPlugin
import Netlink
import NodeAgentTesting
import Testing
import VXLANOverlay
import VXLANPlugin

/// A switch with an etcd, and nodes on it, each in a namespace of its own, with the built agent.
final class Cluster: Sendable {
    let wire: TestNetwork
    let etcd: EtcdServer
    let nodes: [Node]

    /// How long an agent that is gone is remembered, in seconds.
    static let timeToLive = 20

    /// Builds it, and starts the agents.
    ///
    /// - Parameter network: flannel's configuration.
    init(_ network: JSON, nodes count: Int = 3, mtu: UInt32 = 1500, startsAgents: Bool = true) throws {
        let wire = try TestNetwork()
        self.wire = wire
        let routing = try RoutingSocket(in: wire.host)
        try routing.perform {
            $0.setLink(.name("lo"), LinkAttributes(isUp: true))
            $0.addLink("switch", .bridge(Netlink.Bridge()), LinkAttributes(mtu: mtu, isUp: true))
        }
        let index = try #require(try routing.link(.name("switch"))).index
        try routing.perform { batch in
            for text in ["192.168.77.254/24", "fd77::fe/64"] {
                guard let prefix = IPPrefix(text) else { continue }
                batch.address(.add, InterfaceAddress(prefix, skipsDAD: true), on: index)
            }
        }
        etcd = try EtcdServer(host: "192.168.77.254", network: wire)
        try etcd.control("put", "/coreos.com/network/config", network.serialized())
        let url = etcd.url
        nodes = try (1...count).map { number in
            let node = try Node(number, etcd: url)
            try routing.perform {
                let peer = Veth.Peer(
                    name: "eth0", attributes: LinkAttributes(mtu: mtu), in: node.network.host)
                $0.addLink("port\(number)", .veth(Veth(peer: peer)), LinkAttributes(mtu: mtu))
                $0.setLink(.name("port\(number)"), LinkAttributes(isUp: true), master: index)
            }
            try node.configureAddresses()
            return node
        }
        if startsAgents { for node in nodes { try node.start() } }
    }

    deinit {
        for node in nodes { node.stop(SIGKILL) }
        etcd.stop()
    }

    /// Waits until all nodes reach so many others.
    func waitUntilReady(_ peers: Int? = nil) async throws {
        for node in nodes { try await node.waitUntilReady(peers: peers ?? nodes.count - 1) }
    }

    /// Attaches a container to each node.
    func populate() throws -> [Pod] { try nodes.map { try $0.attach("pod\($0.number)") } }

    /// Has each container ping each other one by all of its addresses; a failed test for each that does not answer.
    static func pingAll(_ pods: [Pod], _ comment: Comment = "") throws {
        for pod in pods {
            for other in pods where other.container !== pod.container {
                for address in other.addresses {
                    #expect(try pod.canPing(address), "\(pod.container.id) to \(address) \(comment)")
                }
            }
        }
    }
}

/// A container with what the plugin gave it.
struct Pod {
    let container: TestContainer
    let addresses: [IPAddress]

    /// Whether pings are answered.
    ///
    /// - Parameter limit: For how many seconds they go on.
    func canPing(_ address: IPAddress, payload: Int = 56, count: Int = 1, limit: Int = 90) throws -> Bool {
        let words = [
            "/usr/bin/ping", "-n", "-q", "-c", "\(count)", "-w", "\(limit)", "-M", "do", "-s", "\(payload)",
        ]
        let folder = try TemporaryFolder()
        return try container.run { (try? Program.run(words + ["\(address)"], in: folder)) != nil }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where this process may not make network namespaces with tunnels in them.
    static var needsTunnels: Self {
        .enabled("needs CAP_SYS_ADMIN, CAP_NET_ADMIN and CONFIG_VXLAN") {
            do {
                let network = try TestNetwork()
                try RoutingSocket(in: network.host).perform {
                    $0.addLink("probe", .vxlan(VXLAN(identifier: 1, port: 8472)))
                }
                return true
            } catch {
                return false
            }
        }
    }
}
