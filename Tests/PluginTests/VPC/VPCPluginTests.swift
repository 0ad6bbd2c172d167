// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import CNITypes
import Glibc
import LinuxCore
import Netlink
import NetworkState
import TestSupport
import Testing
import VPCNetwork
import VPCPlugin

/// The verbs of the vpc-eni plugin, with an agent at the other end of a real socket.
@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsProgram("/usr/sbin/nft"))
struct VPCPluginTests {
    @Test func `the result has both ends, the addresses as hosts and the default routes`() throws {
        let world = try VPCWorld(.both)
        let pod = try world.node.container("c1")
        let result = try CNIResult(json: world.attach(pod, pod: "web-0"), version: .current)
        #expect(result.interfaces.map(\.name) == ["eni0d7763386da", "eth0"])
        #expect(result.interfaces.map(\.mtu) == [1400, 1400])
        #expect(result.interfaces.map(\.sandbox) == [nil, pod.path])
        #expect(result.ips.map(\.address.description) == ["10.0.0.100/32", "fd10::100/128"])
        #expect(result.ips.map { $0.gateway?.description } == ["169.254.1.1", "fe80::1"])
        #expect(result.ips.map(\.interface) == [1, 1])
        #expect(result.routes.map(\.destination.description) == ["0.0.0.0/0", "::/0"])
    }

    @Test func `the pod and the node have what the data path is made of`() throws {
        let world = try VPCWorld(.both)
        let pod = try world.pods(2)[1]
        let host = HostLinkName.name(
            prefix: "eni", pod: PodReference(namespace: "default", name: "web-1"),
            attachment: CNITypes.Attachment(
                network: try NetworkName("vpc"), containerID: try ContainerID("pod1"),
                interface: try InterfaceName("eth0")))
        let mac = try #require(
            try world.node.ip("link show \(host)").split(separator: "link/ether ").last?.prefix(17))
        let neighbours = try pod.ip("neighbour show")
        for gateway in ["169.254.1.1", "fe80::1"] {
            #expect(neighbours.contains("\(gateway) dev eth0 lladdr \(mac) PERMANENT"), "\(neighbours)")
        }
        #expect(try pod.ip("route show").contains("default via 169.254.1.1 dev eth0"))
        #expect(try pod.ip("route show").contains("169.254.1.1 dev eth0 scope link"))
        #expect(try pod.ip("-6 route show").contains("default via fe80::1 dev eth0"))
        for (family, address) in [("-4", "10.0.1.101"), ("-6", "fd10:0:0:1::101")] {
            let rules = try world.node.ip("\(family) rule show")
            #expect(rules.contains("512:\tfrom all to \(address) lookup main proto 68"), "\(rules)")
            #expect(rules.contains("1536:\tfrom \(address) lookup 2 proto 68"), "\(rules)")
            #expect(rules.contains("1024:\tfrom all fwmark 0x80/0x80 lookup main proto 69"), "\(rules)")
            #expect(try world.node.ip("\(family) route show \(address)").contains("dev \(host)"))
            let table = try world.node.ip("\(family) route show table 2")
            #expect(table.contains("default via") && table.contains("dev eth1"), "\(table)")
        }
        // A pod on the primary ENI needs no table of its own.
        #expect(try !world.node.ip("rule show").contains("from 10.0.0.100"))
        #expect(try !world.node.ip("route show table main").contains("10.0.1.0/24"))
    }

    @Test func `CHECK succeeds after ADD, and reports every difference`() throws {
        let world = try VPCWorld(.both)
        let pod = try world.pods(1)[0]
        let container = try world.node.container("c2")
        let result = try world.attach(container, pod: "web-9")
        func fault() throws -> String? {
            let outcome = try world.call(.check, container, pod: "web-9", ["prevResult": result])
            if outcome.status == 0 { return nil }
            return "\(outcome.output?["msg"]?.string ?? "")\n\(outcome.output?["details"]?.string ?? "")"
        }
        #expect(try fault() == nil)
        for (damage, repair, words) in [
            (
                "rule del to 10.0.1.101 lookup main",
                "rule add prio 512 to 10.0.1.101 lookup main protocol 68", "512"
            ),
            (
                "rule del from 10.0.1.101 lookup 2",
                "rule add prio 1536 from 10.0.1.101 lookup 2 protocol 68", "1536"
            ),
        ] {
            try world.node.ip(damage)
            #expect(try fault()?.contains(words) == true)
            try world.node.ip(repair)
            #expect(try fault() == nil)
        }
        try container.ip("neighbour del 169.254.1.1 dev eth0")
        #expect(try fault()?.contains("169.254.1.1") == true)
        world.agent.stop()
        #expect(try fault()?.contains("vpc-agent does not run") == true)
        _ = pod
    }

    @Test(arguments: [true, false], [true, false])
    func `DEL takes just the pod's, with and without its container and its result`(
        hasContainer: Bool, hasResult: Bool
    ) throws {
        let world = try VPCWorld(.both)
        let others = try world.pods(1)
        defer { withExtendedLifetime(others) {} }
        let before = try world.node.snapshot()
        let container = try world.node.container("c2")
        let result = try world.attach(container, pod: "web-9")
        if !hasContainer { container.close() }
        for _ in 0..<2 {
            let outcome = try world.call(
                .delete, container, pod: "web-9", hasResult ? ["prevResult": result] : [:])
            #expect(outcome.status == 0, "\(outcome)")
        }
        try expectUnchanged(world.node, since: before)
        #expect(world.agent.holders == ["pod0"])
    }

    @Test func `DEL by the wrong name of the pod takes the container's, and nobody else's`() throws {
        let world = try VPCWorld()
        let pods = try world.pods(2)
        let outcome = try world.call(.delete, pods[0], pod: "web-1")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(world.agent.holders == ["pod1"])
        #expect(try world.node.ip("rule show").contains("10.0.1.101"))
        #expect(try !world.node.ip("rule show").contains("10.0.0.100"))
    }

    @Test func `DEL reads another release's result, with keys that it does not know`() throws {
        let world = try VPCWorld()
        let container = try world.node.container("c1")
        let result = try world.attach(container, pod: "web-0")
        let later = result.with([
            "cniVersion": "1.1.0", "vlan": 0,
            "interfaces": .array(
                (result["interfaces"]?.array ?? []) + [["name": "vlan.eth.0", "mac": "0"]]),
        ])
        let outcome = try world.call(.delete, container, ["prevResult": later])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try !world.node.ip("link show").contains("eni"))
        #expect(world.agent.holders.isEmpty)
    }

    @Test func `GC leaves the valid pods, and notifies the agent`() throws {
        let world = try VPCWorld()
        let pods = try world.pods(3)
        let outcome = try world.call(
            .collect, nil, ["cni.dev/valid-attachments": [["containerID": "pod1", "ifname": "eth0"]]])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(world.agent.holders == ["pod1"])
        let rules = try world.node.ip("rule show")
        #expect(
            rules.contains("10.0.1.101") && !rules.contains("10.0.0.100") && !rules.contains("10.0.0.102"))
        #expect(try pods[1].ip("link show eth0").contains("UP"))
        // What is the node's stays for the agent to take down.
        #expect(try world.node.nft("list table inet cni_vpc").contains("outside"))
    }

    @Test func `STATUS is the agent's`() throws {
        let world = try VPCWorld()
        #expect(try world.call(.status).status == 0)
        world.agent.misbehave(.refuse(CNIError(.limitedConnectivity, "subnet-1 has no free address")))
        let limited = try world.call(.status)
        #expect(limited.output?["code"]?.int == 51)
        #expect(limited.output?["msg"]?.string == "subnet-1 has no free address")
        world.agent.misbehave(.refuse(CNIError(.pluginNotAvailable, "no credentials")))
        #expect(try world.call(.status).output?["code"]?.int == 50)
        world.agent.stop()
        let absent = try world.call(.status)
        #expect(absent.output?["code"]?.int == 50)
        #expect(absent.output?["msg"]?.string == "vpc-agent does not run on this node")
    }

    @Test func `a plan changes nothing and lists what ADD then does`() throws {
        let world = try VPCWorld(.both)
        let container = try world.node.container("c1")
        let before = try world.node.snapshot()
        let invocation = world.node.invocation(
            .add, world.configuration(), for: container, variables: Scenario.podVariables)
        let plan = try world.node.run { try VPCPlugin.plan(for: invocation) }
        try expectUnchanged(world.node, since: before)
        #expect(world.agent.holders.isEmpty)
        #expect(plan.steps.contains("host: create link eni0d7763386da type veth"), "\(plan.steps)")
        let result = try CNIResult(json: world.attach(container, pod: "web-0"), version: .current)
        #expect(plan.result?.ips == result.ips)
        #expect(plan.result?.interfaces.map(\.name) == result.interfaces.map(\.name))
    }

    @Test(arguments: ["exclusive", "branch", "shared"])
    func `a pod's annotation chooses among the allowed modes`(mode: String) throws {
        let world = try VPCWorld()
        let container = try world.node.container("c1")
        let asking: JSON = ["io.kubernetes.cri.pod-annotations": ["vpc.cni.swift/mode": .string(mode)]]
        let refused = try world.call(.add, container, ["runtimeConfig": asking, "allowedModes": []])
        #expect(refused.output?["code"]?.int == 7, "\(refused)")
        #expect(world.agent.requests.isEmpty)
        let outcome = try world.call(
            .add, container, ["runtimeConfig": asking, "allowedModes": ["exclusive", "branch", "shared"]])
        // A branch needs the controller's annotation, too.
        #expect(outcome.status == (mode == "branch" ? 1 : 0), "\(outcome)")
        if mode != "branch" { #expect(world.agent.requests.last?.mode?.rawValue == mode) }
    }

    @Test func `an agent that gives another mode than the pod's is refused, and gets its address back`()
        throws
    {
        let world = try VPCWorld()
        let container = try world.node.container("c1")
        world.agent.misbehave(.say(Self.sharedAnswer))
        let outcome = try world.call(.add, container, ["mode": "exclusive"])
        #expect(outcome.output?["code"]?.int == 6, "\(outcome)")
        #expect(world.agent.requests.map(\.verb).last == .delete(try Self.attachment("c1")))
        #expect(try !container.ip("link show").contains("eth0"))
    }

    @Test func `an exclusive ENI whose interface is another one by now is not taken`() throws {
        let world = try VPCWorld()
        let container = try world.node.container("c1")
        try world.node.ip("link set eth2 address 02:00:00:00:99:99")
        let before = try world.node.snapshot()
        let outcome = try world.call(.add, container, ["mode": "exclusive"])
        #expect(outcome.output?["code"]?.int == 11, "\(outcome)")
        try expectUnchanged(world.node, since: before)
    }

    @Test func `rules and links of others stand in the way, and stay`() throws {
        let world = try VPCWorld()
        try world.node.ip("rule add prio 512 to 10.0.0.100 lookup main protocol 3")
        let before = try world.node.snapshot()
        let container = try world.node.container("c1")
        let outcome = try world.call(.add, container)
        // Kernels differ in whether the same rule of another protocol is another rule; it stays in any case.
        if outcome.status == 0 {
            #expect(try world.call(.delete, container).status == 0)
        } else {
            #expect(outcome.output?["msg"]?.string?.contains("was not made here") == true, "\(outcome)")
        }
        try expectUnchanged(world.node, since: before)
        try world.node.ip("rule del prio 512")
        try world.node.ip("link add eni0d7763386da type veth peer name others0")
        let link = try world.call(.add, container)
        #expect(link.output?["msg"]?.string?.contains("eni0d7763386da exists already") == true, "\(link)")
        #expect(try world.node.ip("link show eni0d7763386da").contains("eni"))
        #expect(world.agent.holders.isEmpty)
    }

    @Test func `a dead pod's rule becomes the next one's that has the address, and a GC leaves it`() throws {
        let world = try VPCWorld()
        let (dead, next) = (try world.node.container("dead"), try world.node.container("next"))
        _ = try world.attach(dead, pod: "web-0")
        // The container dies without a DEL, and the agent finds that out by itself.
        dead.close()
        try world.waitUntilGone("eni0d7763386da")
        try world.agent.forget("dead")
        let result = try world.attach(next, pod: "web-1")
        #expect(result["ips"]?.array?.first?["address"]?.string == "10.0.0.100/32")
        let outcome = try world.call(
            .collect, nil, ["cni.dev/valid-attachments": [["containerID": "next", "ifname": "eth0"]]])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try world.node.ip("rule show").contains("512:\tfrom all to 10.0.0.100"))
        #expect(try world.call(.delete, next, pod: "web-1").status == 0)
        #expect(try !world.node.ip("rule show").contains("10.0.0.100"))
    }

    @Test func `GC brings an exclusive ENI home from a container that still lives, by its mark`() throws {
        let world = try VPCWorld(.both)
        let before = try world.node.snapshot()
        let (pod, other) = (try world.node.container("c1"), try world.node.container("c2"))
        let collected: [String: JSON?] = ["cni.dev/valid-attachments": []]
        _ = try world.attach(pod, pod: "web-0", ["mode": "exclusive"])
        #expect(try world.call(.collect, nil, collected).status == 0)
        try expectUnchanged(world.node, since: before)
        #expect(try !pod.ip("link show").contains("eth0"))
        #expect(world.agent.holders.isEmpty)
        // What another one has by that name, or a pod that is valid, is left alone.
        _ = try world.attach(other, pod: "web-1", ["mode": "exclusive"])
        let valid: [String: JSON?] = ["cni.dev/valid-attachments": [["containerID": "c2", "ifname": "eth0"]]]
        #expect(try world.call(.collect, nil, valid).status == 0)
        #expect(try other.ip("link show eth0").contains("alias vpc/c2/eth0"))
        try other.ip("link set eth0 alias somebody")
        #expect(try world.call(.collect, nil, collected).status == 0)
        #expect(try other.ip("link show eth0").contains("alias somebody"))
    }

    @Test func `an address that a living pod has is refused to another one`() throws {
        let world = try VPCWorld()
        let (first, second) = (try world.node.container("c1"), try world.node.container("c2"))
        _ = try world.attach(first, pod: "web-0")
        try world.agent.forget("c1")
        let before = try world.node.snapshot()
        let outcome = try world.call(.add, second, pod: "web-1")
        #expect(outcome.output?["msg"]?.string?.contains("belongs to vpc/c1/eth0") == true, "\(outcome)")
        try expectUnchanged(world.node, since: before)
    }

    static func attachment(_ container: String) throws -> CNITypes.Attachment {
        CNITypes.Attachment(
            network: try NetworkName("vpc"), containerID: try ContainerID(container),
            interface: try InterfaceName("eth0"))
    }

    static let sharedAnswer = String(
        decoding: AgentAnswer(
            .attachment(
                PodAttachment(
                    mode: .shared, mtu: 1400,
                    addresses: [IPAddress("10.0.0.100").flatMap { VPCWorld.eni(0, .v4).podAddress($0) }]
                        .compactMap { $0 }))
        ).line.dropLast(), as: UTF8.self)
}

extension AgentRequest {
    fileprivate var mode: AttachmentMode? {
        if case .add(let addition) = verb { addition.mode } else { nil }
    }
}

/// Expects that nothing of a node's network has changed.
func expectUnchanged(_ node: TestNetwork, since before: String, _ comment: Comment? = nil) throws {
    let change = try difference(before, node.snapshot())
    #expect(change == "", comment)
}

extension VPCWorld {
    /// Waits until the kernel has taken a link of a namespace that ends.
    func waitUntilGone(_ link: String) throws {
        try wait(for: "\(link) to go") { try node.run { try RoutingSocket().link(.name(link)) == nil } }
    }
}
