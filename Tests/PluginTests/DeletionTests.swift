// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import LinuxCore
import Netlink
import TestSupport
import Testing

/// What a runtime may hand to DEL.
enum Deletion: CaseIterable, Sendable {
    case withResult, withoutResult, withBrokenResult, withEmptyNamespace, withVanishedNamespace
    case withEndedContainer, withPlainFile, withOtherNetworkSettings
}

@Suite(.needsNamespaces)
struct DeletionTests {
    @Test func `a DEL of names that Linux takes for patterns succeeds: there is nothing of them`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let before = try (network.rest(), container.snapshot())
        let configuration = network.bridge().with(["bridge": "br%d"])
        let outcome = try network.call(
            Bridge.self, .delete, configuration, for: container, interface: "eth%d")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try difference(before.0, network.rest()) == "")
        #expect(try container.snapshot() == before.1)
    }

    @Test(arguments: Deletion.allCases)
    func `DEL removes everything, and a second one has nothing to do`(deletion: Deletion) throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let before = try network.rest()
        let configuration = network.bridge()
        var result: JSON? = try network.attach(container, configuration)
        #expect(try difference(before, network.rest()).isEmpty == false)
        var variables: [String: String] = [:]
        var members: [String: JSON?] = [:]
        switch deletion {
        case .withResult: break
        case .withoutResult: result = nil
        case .withBrokenResult: result = ["ips": "none"]
        case .withEmptyNamespace:
            variables["CNI_NETNS"] = ""
            result = nil
        case .withVanishedNamespace: variables["CNI_NETNS"] = "\(network.dataDir.path)/nothing"
        case .withEndedContainer: container.close()
        case .withPlainFile:
            try File.create("\(network.dataDir.path)/file", [], mode: 0o600)
            variables["CNI_NETNS"] = "\(network.dataDir.path)/file"
        case .withOtherNetworkSettings: members = ["mtu": 1400, "hairpinMode": true]
        }
        for _ in 1...2 {
            let error = try network.detach(
                container, configuration.with(members), result: result, variables: variables)
            #expect(error == nil)
            if deletion == .withPlainFile { _ = try File.remove("\(network.dataDir.path)/file") }
            #expect(try !network.rest().contains("net/\(container.id)/"))
        }
        #expect(try difference(before, network.rest(after: configuration)) == "")
    }

    @Test
    func `DEL of a container that was never attached succeeds`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let before = try network.snapshot()
        #expect(try network.detach(container, network.bridge()) == nil)
        #expect(try difference(before, network.snapshot()) == "")
    }

    @Test
    func `DEL leaves an interface of another kind alone`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        try container.run { try RoutingSocket().perform { $0.addLink("eth0", .bridge(Netlink.Bridge())) } }
        let before = try container.snapshot()
        #expect(try network.call(Bridge.self, .add, network.bridge(), for: container).status == 1)
        #expect(try network.detach(container, network.bridge()) == nil)
        #expect(try difference(before, container.snapshot()) == "")
    }

    @Test
    func `the bridge stays after the last container, and goes with a GC that leaves none`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let (first, second) = (try network.container(), try network.container())
        let before = try network.rest()
        let configuration = network.bridge()
        let result = try network.attach(first, configuration)
        #expect(try network.detach(first, configuration, result: result) == nil)
        let idle = try network.rest()
        #expect(idle.contains("link br0 type bridge"))
        #expect(idle.contains("address 10.1.0.1/24"))
        _ = try network.attach(second, configuration)
        #expect(try network.detach(second, configuration) == nil)
        #expect(try difference(idle, network.rest()) == "")
        #expect(try difference(before, network.rest(after: configuration)) == "")
    }

    @Test
    func `a bridge that others made stays`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        try network.run {
            try RoutingSocket().perform {
                $0.addLink("br0", .bridge(Netlink.Bridge()), LinkAttributes(isUp: true))
            }
        }
        let configuration = network.bridge().with(["isGateway": false, "ipMasq": false])
        let before = try network.rest()
        let result = try network.attach(container, configuration)
        #expect(try network.detach(container, configuration, result: result) == nil)
        #expect(try difference(before, network.rest(after: configuration)) == "")
    }

    @Test
    func `two networks in one container come and go one by one`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let blank = try network.rest()
        let first = network.bridge()
        let second = network.bridge(name: "second", subnets: ["10.2.0.0/24"]).with(["bridge": "br1"])
        let firstResult = try network.attach(container, first)
        let (host, inside) = (try network.rest(), try container.snapshot())
        let secondResult = try network.attach(container, second, interface: "net1")
        #expect(try network.fault(of: container, first, firstResult) == nil)
        #expect(try network.fault(of: container, second, secondResult, interface: "net1") == nil)
        #expect(try network.detach(container, second, result: secondResult, interface: "net1") == nil)
        #expect(try difference(host, network.rest(after: second)) == "")
        #expect(try difference(inside, container.snapshot()) == "")
        #expect(try network.fault(of: container, first, firstResult) == nil)
        #expect(try network.detach(container, first, result: firstResult) == nil)
        #expect(try difference(blank, network.rest(after: first)) == "")
    }

    @Test
    func `one network twice in one container comes and goes one by one`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge()
        let first = try network.attach(container, configuration)
        let (host, inside) = (try network.rest(), try container.snapshot())
        let second = try network.attach(container, configuration, interface: "net1")
        #expect(first["ips"] != second["ips"])
        #expect(try network.detach(container, configuration, interface: "net1") == nil)
        #expect(try difference(host, network.rest()) == "")
        #expect(try difference(inside, container.snapshot()) == "")
    }

    @Test
    func `GC keeps valid attachments and other networks`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let containers = try (1...3).map { _ in try network.container() }
        let configuration = network.bridge()
        let other = network.bridge(name: "net2", subnets: ["10.2.0.0/24"]).with(["bridge": "br1"])
        _ = try network.attach(containers[0], configuration)
        _ = try network.attach(containers[2], other)
        let wanted = try network.rest()
        _ = try network.attach(containers[1], configuration)
        let valid: JSON = [["containerID": .string(containers[0].id), "ifname": "eth0"]]
        let outcome = try network.call(
            Bridge.self, .collect, configuration.with(["cni.dev/valid-attachments": valid]))
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try difference(wanted, network.rest()) == "")
    }

    @Test
    func `layer 2 without addresses comes, is checked, and goes`() throws {
        let network = try TestNetwork()
        let container = try network.container()
        let before = try network.snapshot()
        let configuration: JSON = ["cniVersion": "1.0.0", "name": "l2", "type": "bridge"]
        let result = try network.attach(container, configuration)
        #expect(result["interfaces"]?.array?.first?["name"]?.string == "cni0")
        #expect(result["ips"]?.array?.isEmpty ?? true)
        #expect(try network.fault(of: container, configuration, result) == nil)
        #expect(try network.detach(container, configuration, result: result) == nil)
        #expect(try network.collectAll(configuration) == nil)
        #expect(try difference(before, network.snapshot()) == "")
    }
}
