// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNIPlugin
import CNITesting
import CNITypes
import Glibc
import LinuxCore
import NodeAgentTesting
import Synchronization
import Testing

/// How pods are on the VPC in a test.
enum PodMode: String, Sendable, CaseIterable {
    case shared, exclusive, dualStack, prefixes, prefixesOfIPv6

    var plugin: String { self == .exclusive ? "exclusive" : "shared" }

    /// As many pods as the node can have; IPv6 has no end, so that these are some.
    var maximum: Int {
        switch self {
        case .shared, .dualStack: 9
        case .exclusive: 2
        case .prefixes: 32
        case .prefixesOfIPv6: 12
        }
    }

    var type: String { self == .prefixes ? "tiny" : "t3.small" }

    var families: [IPAddress.Family] {
        switch self {
        case .dualStack: [.v4, .v6]
        case .prefixesOfIPv6: [.v6]
        default: [.v4]
        }
    }

    var variables: [String: String] {
        switch self {
        case .shared: ["WARM_IP_TARGET": "1"]
        case .exclusive: ["WARM_IP_TARGET": "0", "MINIMUM_IP_TARGET": "0", "VPC_AGENT_ADD_WAIT": "60"]
        case .dualStack: ["WARM_IP_TARGET": "1", "ENABLE_IPv6": "true"]
        case .prefixes: ["ENABLE_PREFIX_DELEGATION": "true", "WARM_IP_TARGET": "1"]
        case .prefixesOfIPv6: ["ENABLE_IPv4": "false", "ENABLE_IPv6": "true"]
        }
    }
}

extension BoxTests {
    /// The built simulator with packets, the built agent and the plugin, on nodes in namespaces.
    @Suite("Pods in a VPC in a box")
    struct EndToEndTests {
        @Test(arguments: PodMode.allCases)
        func `from no pod to the node's maximum and back, with packets`(mode: PodMode) throws {
            let world = try BoxWorld(type: mode.type)
            let node = world.nodes[0]
            try #require(eventually { (try? node.metadata("instance-id")) != nil })
            let before = try node.snapshot()
            try node.start(mode.variables.merging(["VPC_AGENT_ADD_WAIT": "60"]) { $1 })
            try node.waitUntilReady()
            let pods = try (0..<mode.maximum).map { try node.attach("pod\($0)", mode: mode.plugin) }
            for family in mode.families {
                let own = try pods.map { try $0.address(family) }
                #expect(Set(own).count == pods.count)
                for (index, pod) in pods.enumerated() {
                    #expect(try pod.canPing(own[(index + 1) % own.count]), "\(pod.container.id)")
                    if family == .v4 { #expect(try pod.canPing(#require(IPAddress("10.42.1.20")))) }
                }
            }
            if mode != .prefixesOfIPv6 {
                // One more than there is room for: to be tried again.
                node.stop()
                try node.start(mode.variables.merging(["VPC_AGENT_ADD_WAIT": "1"]) { $1 })
                try node.waitUntilReady()
                let outcome = try node.call(.add, node.container("more"), mode: mode.plugin)
                #expect(outcome.output?["code"]?.int == 11, "\(outcome)")
            }
            for pod in pods { try node.detach(pod, mode: mode.plugin) }
            // One that an agent of this node was making when it was killed.
            let leaked = try world.leak(by: node)
            try node.drain()
            #expect(try world.state()["interfaces"]?.array?.contains { $0["id"]?.string == leaked } == false)
            #expect(try node.snapshot() == before)
            let left = try world.enis(of: node)
            #expect(left.count == 1 && left[0]["addresses"]?.array?.count == 1)
            #expect(
                left[0]["ipv4Prefixes"]?.array?.isEmpty == true
                    && left[0]["ipv6Prefixes"]?.array?.isEmpty == true
            )
        }

        @Test func `an ENI detached behind our back: its pods' addresses are gone, and others are given`()
            throws
        {
            let world = try BoxWorld()
            let node = world.nodes[0]
            try node.start(["WARM_IP_TARGET": "1"])
            try node.waitUntilReady()
            let pods = try (0..<4).map { try node.attach("pod\($0)") }
            let lost = try #require(pods.first { "\($0.addresses[0])".hasPrefix(BoxWorld.pods) })
            let eni = try #require(
                try world.enis(of: node).first {
                    $0["addresses"]?.array?.contains(.string("\(lost.addresses[0])")) == true
                })
            let attachment = try #require(eni["attachment"]?["id"]?.string)
            try world.ec2("DetachNetworkInterface", ["AttachmentId": attachment, "Force": "true"])
            #expect(eventually { node.metric("awscni_force_removed_enis_total") >= 1 }, "\(node.log)")
            let kept = pods.filter { !"\($0.addresses[0])".hasPrefix(BoxWorld.pods) }
            for pod in kept { #expect(try pod.canPing(#require(IPAddress("10.42.1.20")))) }
            let next = try node.attach("next")
            #expect(!pods.flatMap(\.addresses).contains(next.addresses[0]))
            #expect(try next.canPing(kept[0].addresses[0]))
            for pod in pods + [next] { try node.detach(pod) }
            try node.drain()
            #expect(try world.enis(of: node).count == 1)
        }

        @Test func `metadata that lag and leave an ENI out cost no pod its address`() throws {
            let world = try BoxWorld()
            let node = world.nodes[0]
            try world.set(["metadataLag": 5])
            try node.start(["WARM_IP_TARGET": "1"])
            try node.waitUntilReady()
            let first = try (0..<4).map { try node.attach("pod\($0)") }
            let enis = try world.enis(of: node).dropFirst().compactMap { $0["id"]?.string }
            try #require(!enis.isEmpty)
            try world.set(["hiddenInterfaces": JSON(enis), "metadataLag": 0])
            let second = try (4..<6).map { try node.attach("pod\($0)") }
            node.stop()
            try node.start()
            try node.waitUntilReady()
            let pods = first + second
            #expect(Set(pods.map { $0.addresses[0] }).count == 6)
            for pod in pods {
                #expect(try pod.canPing(#require(IPAddress("10.42.1.20"))), "\(pod.container.id)")
            }
            #expect(node.metric("awscni_force_removed_enis_total") == 0)
            try world.clearFaults()
            for pod in pods { try node.detach(pod) }
            try node.drain()
        }

        @Test func `an agent that is restarted while ADDs wait: all of them get an address`() throws {
            let world = try BoxWorld()
            let node = world.nodes[0]
            try node.start(["WARM_IP_TARGET": "0", "MINIMUM_IP_TARGET": "3", "VPC_AGENT_ADD_WAIT": "80"])
            try node.waitUntilReady()
            let held = try (0..<3).map { try node.attach("pod\($0)") }
            try world.set(["rules": [["action": "CreateNetworkInterface", "effect": "hold"]]])
            let waiting = Mutex<[Pod]>([])
            let problems = Mutex<[String]>([])
            for number in 3..<8 {
                try DetachedThread.start {
                    do {
                        let pod = try node.attach("pod\(number)")
                        waiting.withLock { $0.append(pod) }
                    } catch {
                        problems.withLock { $0.append("\(error)") }
                    }
                }
            }
            #expect(eventually { ((try? node.pool()["waiting"]?.array?.count) ?? 0) == 5 }, "\(node.log)")
            node.stop()
            try node.start()
            try node.waitUntilReady()
            try world.clearFaults()
            #expect(eventually { waiting.withLock { $0.count } + problems.withLock { $0.count } == 5 })
            #expect(problems.withLock { $0 } == [])
            let pods = held + waiting.withLock { $0 }
            #expect(Set(pods.map { $0.addresses[0] }).count == 8)
            for pod in pods {
                #expect(try pod.canPing(#require(IPAddress("10.42.1.20"))), "\(pod.container.id)")
            }
            for pod in pods { try node.detach(pod) }
            try node.drain()
            #expect(try world.enis(of: node).count == 1)
        }
    }
}
