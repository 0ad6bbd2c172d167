// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import FlannelPlugin
import Glibc
import LoopbackPlugin
import Netlink
import TestSupport
import VPCNetwork
import VPCPlugin
import VXLANOverlay
import VXLANPlugin

/// A situation in which a container is attached, made anew for every run.
enum Scenario: CaseIterable, Sendable {
    /// The first container of a network: everything has to be made.
    case firstOfNetwork
    /// The second: the bridge, the tables and the chains are there and used by another container.
    case secondOfNetwork
    /// A container that gets only layer 2.
    case withoutAddresses
    /// The first container of a network in a VLAN, with another one in a trunk.
    case vlan
    /// The bridge is somebody else's and has an address that gives way to the gateway's.
    case bridgeOfOthers
    /// A container on a node of an overlay.
    case overlay
    /// A container on a node of flannel's, by a delegate.
    case flannel
    /// A pod on a node's secondary ENI.
    case pod
    /// A pod whose earlier container is still there, and has its link's name.
    case laterContainerOfPod
    /// The loopback plugin.
    case loopback
    /// A container with a link of its own to the host.
    case pointToPoint
    /// A container with a link on top of one of the host's.
    case macvlan, ipvlan
    /// A container with a VLAN of a link of the host's.
    case vlanOfLink
    /// A container with a link that leads nowhere.
    case dummy
    /// A container that has a link of the host's for a while.
    case hostDevice
    /// A container with a link of a program's.
    case tap

    /// The interface plugin, if it is one of those.
    var interfaceCase: InterfaceCase? {
        switch self {
        case .pointToPoint: .ptp
        case .macvlan: .macvlan
        case .ipvlan: .ipvlan
        case .vlanOfLink: .vlan
        case .dummy: .dummy
        case .hostDevice: .hostDevice
        case .tap: .tap
        default: nil
        }
    }

    /// Those that the kernel has what is needed for; with TEST_SCENARIO only that one.
    static let possible = allCases.filter { scenario in
        if let name = getenv("TEST_SCENARIO"), "\(scenario)" != String(cString: name) { return false }
        return (scenario != .vlan || Kernel.hasVLANFiltering)
            && scenario.interfaceCase?.isPossible ?? true
    }

    /// Those in which there is something on the host to clean up.
    static let withHost = possible.filter {
        $0 != .bridgeOfOthers && $0 != .laterContainerOfPod && $0 != .loopback
    }

    /// Those of which a GC finds everything: a link that is lent ends with a container that is gone, and in one that is
    /// alive only a DEL finds it.
    static let withGarbage = withHost.filter { $0.interfaceCase?.isLent != true }

    /// What a GC has left on the host.
    ///
    /// The MAC address of a link in a container is with the link below for as long as the
    /// link is there (dev_uc_add()), and the kernel removes that with the namespace, in its own time.
    func garbage(_ before: String, _ after: String) -> String {
        let change = difference(before, after)
        guard [.macvlan, .ipvlan, .vlanOfLink].contains(self) else { return change }
        return change.split(separator: "\n").filter { !$0.hasPrefix("+   fdb ") }.joined(separator: "\n")
    }

    struct World {
        let scenario: Scenario
        let network: TestNetwork
        let container: TestContainer
        let other: TestContainer?
        let configuration: JSON
        let before: String
        var folder: TemporaryFolder?
        var agent: FakeAgent?
        /// The machine outside, which lives as long as the host's link to it.
        var outside: TestContainer?

        func call(_ command: Command, members: [String: JSON?] = [:]) throws -> Outcome {
            let invocation = self.invocation(command, members: members)
            return try network.run { scenario.respond(to: invocation) }
        }

        func invocation(_ command: Command, members: [String: JSON?] = [:]) -> Invocation {
            let isOfNetwork = command == .collect || command == .status
            return network.invocation(
                command, configuration.with(members), for: isOfNetwork ? nil : container,
                interface: scenario == .loopback ? "lo" : "eth0",
                variables: agent == nil || isOfNetwork ? [:] : Scenario.podVariables)
        }

        /// What there is now.
        ///
        /// Forwarding, once switched on, stays on: left out if `keepsForwarding` is false.
        func snapshot(forwarding: Bool) throws -> String {
            let text = try network.snapshot() + "\n-- container\n" + container.snapshot()
            return forwarding ? text : Scenario.withoutForwarding(text)
        }

        /// What a DEL has left of the container's, and what a GC then leaves of what attachments share; empty if it is
        /// nothing.
        func leftovers() throws -> String {
            let marks = try network.snapshot().split(separator: "\n").filter {
                $0.contains("/\(container.id)/")
            }
            .filter { !$0.hasPrefix("file .attachments/") }
            if !marks.isEmpty { return marks.joined(separator: "\n") }
            let valid: [JSON] = (other.map { [$0] } ?? []).map {
                ["containerID": .string($0.id), "ifname": "eth0"]
            }
            let outcome = try call(.collect, members: ["cni.dev/valid-attachments": .array(valid)])
            if outcome.status != 0 { return "GC: \(outcome)" }
            return try difference(Scenario.withoutForwarding(before), snapshot(forwarding: false))
        }

        func hostSnapshot() throws -> String { Scenario.withoutForwarding(try network.snapshot()) }
    }

    func respond(to invocation: Invocation) -> Outcome {
        if let interfaceCase { return interfaceCase.plugin.respond(to: invocation) }
        return switch self {
        case .loopback: Loopback.respond(to: invocation)
        case .overlay: VXLANPlugin.respond(to: invocation)
        case .flannel: FlannelPlugin.respond(to: invocation)
        case .pod, .laterContainerOfPod: VPCPlugin.respond(to: invocation)
        default: Bridge.respond(to: invocation)
        }
    }

    func world() throws -> World {
        if self == .overlay { return try overlayWorld() }
        if let interfaceCase { return try world(of: interfaceCase) }
        if self == .flannel { return try flannelWorld() }
        if self == .pod || self == .laterContainerOfPod { return try podWorld() }
        let network = try TestNetwork(siblings: .ipam)
        try Foreign.add(to: network)
        let container = try network.container("one")
        var configuration = network.bridge()
        if self == .withoutAddresses { configuration = configuration.with(["ipam": nil, "ipMasq": false]) }
        if self == .vlan { configuration = configuration.with(["vlan": 100, "vlanTrunk": [["id": 5]]]) }
        if self == .loopback { configuration = ["cniVersion": "1.1.0", "name": "lo", "type": "loopback"] }
        if self == .bridgeOfOthers {
            configuration = configuration.with(["forceAddress": true])
            try network.run {
                let routing = try RoutingSocket()
                try routing.perform {
                    $0.addLink("br0", .bridge(Netlink.Bridge()), LinkAttributes(isUp: true))
                }
                guard let bridge = try routing.link(.name("br0")), let address = IPPrefix("10.9.0.1/24")
                else {
                    return
                }
                try routing.perform { $0.address(.add, InterfaceAddress(address), on: bridge.index) }
            }
        }
        var other: TestContainer?
        if self == .secondOfNetwork {
            let neighbour = try network.container("other")
            let outcome = try network.call(Bridge.self, .add, configuration, for: neighbour)
            guard outcome.status == 0 else { throw Failed(outcome) }
            other = neighbour
        }
        return World(
            scenario: self, network: network, container: container, other: other,
            configuration: configuration,
            before: try network.snapshot() + "\n-- container\n" + container.snapshot())
    }

    private func overlayWorld() throws -> World {
        let network = try TestNetwork(siblings: .ipam)
        try Foreign.add(to: network)
        let container = try network.container("one")
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/subnet.env"
        let text = """
            FLANNEL_NETWORK=10.5.0.0/16
            FLANNEL_SUBNET=10.5.1.1/24
            FLANNEL_IPV6_NETWORK=fd05::/48
            FLANNEL_IPV6_SUBNET=fd05:0:0:1::1/64
            FLANNEL_MTU=1430
            FLANNEL_IPMASQ=true

            """
        try NodeFile.put(text, at: path)
        return World(
            scenario: self, network: network, container: container, other: nil,
            configuration: [
                "cniVersion": "1.1.0", "name": "overlay", "type": "vxlan", "subnetFile": .string(path),
                "dataDir": .string(network.dataDir.path),
            ],
            before: try network.snapshot() + "\n-- container\n" + container.snapshot(), folder: folder)
    }

    private func world(of kind: InterfaceCase) throws -> World {
        let world = try InterfaceWorld(kind)
        return World(
            scenario: self, network: world.network, container: world.container, other: nil,
            configuration: world.configuration,
            before: try world.network.snapshot() + "\n-- container\n" + world.container.snapshot(),
            outside: world.outside)
    }

    private func flannelWorld() throws -> World {
        let node = try FlannelNode()
        try Foreign.add(to: node.network)
        let container = try node.network.container("one")
        return World(
            scenario: self, network: node.network, container: container, other: nil,
            configuration: node.configuration(),
            before: try node.network.snapshot() + "\n-- container\n"
                + container.snapshot(), folder: node.folder)
    }

    static let podVariables = ["CNI_ARGS": "K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0;IgnoreUnknown=1"]

    private func podWorld() throws -> World {
        let network = try TestNetwork()
        try Foreign.add(to: network)
        let container = try network.container("one")
        let agent = try FakeAgent(in: network.dataDir.path) { number, _ in
            PodAttachment(
                mode: .shared, mtu: 1400,
                addresses: ["10.0.1.\(100 + number)", "fd10:0:0:1::\(100 + number)"].compactMap { text in
                    IPAddress(text).flatMap { VPCWorld.eni(1, .both).podAddress($0) }
                })
        }
        let configuration: JSON = [
            "cniVersion": "1.1.0", "name": "vpc", "type": "vpc-eni", "agentSocket": .string(agent.socket),
            "releasedFolder": .string(agent.notes.folder), "timeout": 5,
        ]
        var other: TestContainer?
        if self == .laterContainerOfPod {
            let earlier = try network.container("earlier")
            let outcome = try network.call(
                VPCPlugin.self, .add, configuration, for: earlier, variables: Self.podVariables)
            guard outcome.status == 0 else { throw Failed(outcome) }
            other = earlier
        }
        return World(
            scenario: self, network: network, container: container, other: other,
            configuration: configuration,
            before: try network.snapshot() + "\n-- container\n" + container.snapshot(), agent: agent)
    }

    static func withoutForwarding(_ text: String) -> String {
        text.utf8.split(separator: 10, omittingEmptySubsequences: false).map(Substring.init)
            .filter { line in
                // The switch sets these of each link, and those of a router in general (devinet_sysctl_forward()).
                let name = line.utf8.prefix { $0 != 61 }
                return !["/ip_forward", "/forwarding", "/accept_redirects"].contains {
                    name.suffix($0.utf8.count).elementsEqual($0.utf8)
                }
            }
            .joined(separator: "\n")
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String

        init(_ outcome: Outcome) { description = "\(outcome)" }
    }
}

/// The lines that two texts do not share, with `-` and `+`; empty if they are equal.
func difference(_ before: String, _ after: String) -> String {
    let old = before.utf8.split(separator: 10).map(Substring.init)
    let new = after.utf8.split(separator: 10).map(Substring.init)
    return new.difference(from: old).map { change in
        switch change {
        case .insert(_, let line, _): "+ \(line)"
        case .remove(_, let line, _): "- \(line)"
        }
    }.joined(separator: "\n")
}
