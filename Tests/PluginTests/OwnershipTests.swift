// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Netlink
import NetworkState
import TestSupport
import Testing

/// Whose is it? What the marks do not give us stays as it is, whatever its name.
@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"))
struct OwnershipTests {
    /// Results that later plugins, other versions or nobody at all may have made of an ADD's.
    static let results: [JSON] = [
        ["cniVersion": "1.1.0"], ["cniVersion": "1.1.0", "ips": []],
        ["cniVersion": "0.2.0", "ip4": ["ip": "10.7.7.7/24"]],
        [
            "cniVersion": "1.1.0", "interfaces": [["name": "eth0", "sandbox": "/x"]],
            "ips": [["address": "192.168.7.7/24", "interface": 0]],
        ],
        ["cniVersion": "1.1.0", "interfaces": [["name": "other"]], "ips": [["address": "10.1.0.77/24"]]],
    ]

    @Test(arguments: results, [true, false])
    func `DEL leaves nothing of the attachment whatever the result says`(result: JSON, isGone: Bool) throws {
        let network = try TestNetwork(siblings: .ipam)
        let (container, other) = (try network.container(), try network.container())
        let configuration = network.bridge()
        _ = try network.attach(other, configuration)
        let before = try network.rest()
        _ = try network.attach(container, configuration)
        if isGone { container.close() }
        #expect(try network.detach(container, configuration, result: result) == nil)
        let change = try difference(before, network.rest())
        #expect(change == "")
    }

    @Test func `DEL of an attachment that never was leaves everybody's interface of its name`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let (first, second) = (network.bridge(), network.bridge(name: "second", subnets: ["10.2.0.0/24"]))
        let result = try network.attach(container, first)
        let before = try container.snapshot()
        for given in [nil, result] {
            #expect(try network.detach(container, second.with(["bridge": "br1"]), result: given) == nil)
        }
        let change = try difference(before, container.snapshot())
        #expect(change == "")
        #expect(try network.fault(of: container, first, result) == nil)
    }

    @Test func `DEL by a path that leads to another container leaves that container alone`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let (ended, alive) = (try network.container(), try network.container())
        let configuration = network.bridge()
        let endedResult = try network.attach(ended, configuration)
        let aliveResult = try network.attach(alive, configuration)
        ended.close()
        for result in [nil, endedResult, aliveResult] {
            let variables = ["CNI_NETNS": alive.path]
            #expect(try network.detach(ended, configuration, result: result, variables: variables) == nil)
            #expect(try network.fault(of: alive, configuration, aliveResult) == nil)
        }
    }

    @Test func `a renamed link goes with DEL, by its alias`() throws {
        for isGone in [false, true] {
            let network = try TestNetwork(siblings: .ipam)
            let container = try network.container()
            let configuration = network.bridge()
            let result = try network.attach(container, configuration)
            let name = try #require(result["interfaces"]?.array?[1]["name"]?.string)
            try network.ip("link set \(name) down")
            try network.ip("link set \(name) name renamed0")
            let variables = isGone ? ["CNI_NETNS": ""] : [:]
            #expect(try network.detach(container, configuration, result: result, variables: variables) == nil)
            #expect(try !network.ip("link show").contains("renamed0"))
        }
    }

    @Test(arguments: [
        "link add NAME type veth peer name other", "link add NAME type ifb", "link add NAME type bridge",
    ])
    func `a name that the pair's end on the host would have is refused with its owner`(command: String) throws
    {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge()
        let name = try #require(
            try network.attach(container, configuration)["interfaces"]?.array?[1]["name"]?.string)
        #expect(try network.detach(container, configuration) == nil)
        try network.ip(command.replacing("NAME", with: name))
        let before = (try network.snapshot(), try container.snapshot())
        let outcome = try network.call(Bridge.self, .add, configuration, for: container)
        #expect(outcome.status == 1)
        #expect(
            outcome.output?["msg"]?.string?.contains("\(name) exists already and was not made here") == true)
        #expect(try difference(before.0, network.snapshot()) == "")
        #expect(try difference(before.1, container.snapshot()) == "")
        // Neither the DEL that follows nor a GC takes it.
        #expect(try network.detach(container, configuration) == nil)
        #expect(try network.collectAll(configuration) == nil)
        #expect(try network.ip("link show").contains(name))
    }

    @Test(arguments: [
        "add table inet cni_masquerade",
        "add table inet cni_masquerade { comment \"mine\"; set pods4 { type ipv4_addr; }; }",
    ])
    func `a table of our name that others made is refused, and stays`(command: String) throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        try network.nft(command)
        let before = try network.snapshot()
        let outcome = try network.call(Bridge.self, .add, network.bridge(), for: container)
        #expect(outcome.output?["msg"]?.string?.contains("cni_masquerade") == true, "\(outcome)")
        #expect(try difference(before, network.snapshot()) == "")
        #expect(try network.collectAll(network.bridge()) == nil)
        #expect(try network.nft("list tables").contains("inet cni_masquerade"))
    }

    @Test func `an address that two networks have in common is masqueraded until the second one has gone`()
        throws
    {
        let network = try TestNetwork(siblings: .ipam)
        let containers = [try network.container(), try network.container()]
        let networks = ["first", "second"].map { name in
            network.bridge(name: name, subnets: ["10.1.0.0/24"]).with([
                "bridge": .string("br-\(name)"), "macspoofchk": false, "isGateway": false,
            ])
        }
        let results = try zip(containers, networks).map { try network.attach($0, $1) }
        #expect(results[0]["ips"]?.array?[0]["address"] == results[1]["ips"]?.array?[0]["address"])
        let both = try network.nft("list map inet cni_masquerade pods4")
        #expect(both.contains("first/container1/eth0 second/container2/eth0"))
        for (container, (configuration, result)) in zip(containers, zip(networks, results)) {
            #expect(try network.fault(of: container, configuration, result) == nil)
        }
        #expect(try network.detach(containers[0], networks[0], result: results[0]) == nil)
        let one = try network.nft("list map inet cni_masquerade pods4")
        #expect(one.contains("10.1.0.2 comment \"second/container2/eth0\""), "\(one)")
        #expect(try network.fault(of: containers[1], networks[1], results[1]) == nil)
        #expect(try network.detach(containers[1], networks[1], result: results[1]) == nil)
        #expect(try !network.nft("list map inet cni_masquerade pods4").contains("10.1.0.2"))
    }

    @Test(arguments: [
        "address add 10.200.0.1/24 dev br0", "link add link br0 name up0 type macvlan",
        "link add port0 type ifb", "rule add iif br0 lookup 99",
    ])
    func `a bridge of ours that somebody else uses outlives the GC`(command: String) throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge()
        _ = try network.attach(container, configuration)
        try network.ip(command)
        if command.contains("port0") { try network.ip("link set port0 master br0") }
        #expect(try network.detach(container, configuration) == nil)
        let before = try network.ip("address show br0")
        #expect(try network.collectAll(configuration) == nil)
        #expect(try network.ip("address show br0") == before)
    }

    @Test func `a bridge of ours that a link in another container rests on outlives the GC`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let (container, other) = (try network.container(), try network.container())
        let configuration = network.bridge()
        _ = try network.attach(container, configuration)
        try network.ip("link add link br0 name up0 type macvlan mode bridge")
        try network.ip("link set up0 netns \(other.path)")
        try other.ip("link set up0 up")
        #expect(try network.detach(container, configuration) == nil)
        #expect(try network.collectAll(configuration) == nil)
        #expect(try other.ip("link show up0").contains("up0"))
        try other.ip("link delete up0")
        #expect(try network.collectAll(configuration) == nil)
        #expect(try !network.snapshot().contains("link br0"))
    }

    @Test func `GC without a list of valid attachments is refused, and takes nothing`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge()
        _ = try network.attach(container, configuration)
        let before = try network.snapshot()
        let outcome = try network.call(Bridge.self, .collect, configuration)
        #expect(outcome.output?["code"]?.int == 7)
        #expect(try difference(before, network.snapshot()) == "")
    }

    @Test(
        arguments: [
            ["vlan": "x"], ["bridge": "br%d"], ["bridge": "bridge_12345678", "vlan": 5], ["mtu": -1],
        ] as [[String: JSON]])
    func `DEL and GC work with a configuration that cannot be read any more`(members: [String: JSON]) throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let configuration = network.bridge()
        _ = try network.attach(container, configuration)
        let broken = configuration.with(members.mapValues { $0 })
        #expect(try network.call(Bridge.self, .add, broken, for: try network.container()).status == 1)
        #expect(try network.detach(container, broken) == nil)
        #expect(try !network.rest().contains("net/\(container.id)/"))
        #expect(try network.collectAll(broken) == nil)
        #expect(try network.collectAll(configuration) == nil)
        #expect(try network.nft("list tables").isEmpty)
    }

    @Test func `a refused ADD gives no lease back that it has not taken`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let (first, second) = (try network.container("same"), try network.container())
        let configuration = network.bridge()
        let result = try network.attach(first, configuration)
        // The same attachment again, in another namespace.
        let variables = ["CNI_CONTAINERID": "same"]
        let again = try network.call(
            Bridge.self, .add, configuration, for: second, variables: variables)
        #expect(again.status == 1)
        let third = try network.attach(try network.container(), configuration)
        #expect(third["ips"]?.array?[0]["address"] != result["ips"]?.array?[0]["address"])
        #expect(try network.fault(of: first, configuration, result) == nil)
    }
}
