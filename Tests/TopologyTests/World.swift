// SPDX-License-Identifier: Apache-2.0

import Addressing
import BridgePlugin
import CNIPlugin
import CNITesting
import HostLocalPlugin
import Namespaces
import Netlink
import Topology

/// A host with containers that the bridge plugin attached, and a world outside.
struct World {
    let network: TestNetwork
    var containers: [TestContainer] = []
    private var outside: TestContainer?

    init() throws {
        var siblings = Siblings()
        siblings.add(HostLocalPlugin.self)
        network = try TestNetwork(siblings: siblings)
    }

    var configuration: JSON {
        [
            "cniVersion": "1.1.0", "name": "pods", "type": "bridge", "bridge": "cni0", "isGateway": true,
            "ipMasq": true,
            "ipam": [
                "type": "host-local", "dataDir": .string(network.dataDir.path),
                "ranges": [[["subnet": "10.88.0.0/16"]], [["subnet": "fd00:88::/64"]]],
                "routes": [["dst": "0.0.0.0/0"], ["dst": "::/0"]],
            ],
        ]
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Attaches one more container.
    @discardableResult
    mutating func attach(_ id: String, interface: String = "eth0") throws -> TestContainer {
        let container = try network.container(id)
        let outcome = try network.call(Bridge.self, .add, configuration, for: container, interface: interface)
        guard outcome.status == 0 else { throw Failed(description: "ADD of \(id): \(outcome)") }
        containers.append(container)
        return container
    }

    /// A link to a namespace that plays the rest of the world, and a default route there.
    mutating func addUplink() throws {
        let outside = try network.container("outside")
        let namespace = try outside.namespace()
        try network.run {
            let routing = try RoutingSocket()
            let peer = Veth.Peer(name: "eth0", in: namespace)
            try routing.perform { batch in
                batch.addLink("uplink", .veth(Veth(peer: peer)), LinkAttributes(isUp: true))
                batch.setLink(.name("lo"), LinkAttributes(isUp: true))
            }
            try RoutingSocket(in: namespace).perform { batch in
                batch.setLink(.name("eth0"), LinkAttributes(isUp: true))
            }
            guard let uplink = try routing.link(.name("uplink")), let gateway = IPAddress("192.0.2.254"),
                let own = IPPrefix("192.0.2.1/24")
            else { throw Failed(description: "no uplink") }
            try routing.perform { batch in
                batch.address(.add, InterfaceAddress(own), on: uplink.index)
                batch.route(.add, Route(.everything(.v4), via: gateway), through: uplink.index)
            }
            let inside = try RoutingSocket(in: namespace)
            guard let link = try inside.link(.name("eth0")), let other = IPPrefix("192.0.2.254/24") else {
                throw Failed(description: "no eth0 outside")
            }
            try inside.perform { $0.address(.add, InterfaceAddress(other), on: link.index) }
        }
        self.outside = outside
    }

    /// A tunnel as a port of the bridge.
    func addTunnel(_ name: String = "vxlan7", identifier: UInt32 = 7) throws {
        try network.run {
            let routing = try RoutingSocket()
            let master = try routing.link(.name("cni0"))?.index
            try routing.perform { batch in
                batch.addLink(
                    name,
                    .vxlan(VXLAN(identifier: identifier, port: 4789, local: IPAddress("192.0.2.1"))),
                    LinkAttributes(isUp: true))
                batch.setLink(.name(name), LinkAttributes(), master: master)
            }
        }
    }

    /// A survey that is told where the containers are, and does not look elsewhere.
    var plan: Survey {
        var survey = Survey()
        survey.folders = []
        survey.includesProcesses = false
        survey.places = (containers + [outside].compactMap { $0 }).map {
            Survey.Place(name: $0.id, path: $0.path)
        }
        return survey
    }

    /// What such a survey finds.
    func survey(_ change: (inout Survey) -> Void = { _ in }) throws -> Node {
        var survey = plan
        change(&survey)
        return try network.run { try survey.node(named: "worker-1") }
    }
}
