// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import TestSupport
import Testing

/// Containers that the CNI project's bridge plugin has attached, in our hands.
@Suite(
    .needsNamespaces, .needsReferencePlugins,
    .needsProgram("/usr/sbin/nft", "/usr/sbin/iptables-nft", "/usr/sbin/ip", "/usr/bin/env"))
struct ReferenceMigrationTests {
    @Test
    func `with iptables-nft, CHECK passes and DEL leaves nothing of the container`() throws {
        try checkAndDelete(.iptablesNFT)
    }

    @Test
    func `with nft, CHECK passes and DEL leaves nothing of the container`() throws {
        try checkAndDelete(.nftables)
    }

    @Test(.needsLegacyTables)
    func `with iptables-legacy, CHECK passes and DEL leaves only what iptables itself must remove`() throws {
        try checkAndDelete(.iptablesLegacy)
    }

    private func checkAndDelete(_ backend: ReferenceBackend) throws {
        let network = try TestNetwork(siblings: .ipam)
        let reference = ReferenceBridge(network: network, backend: backend)
        let configuration = reference.configuration
        let stays = try network.container("stays")
        let goes = try network.container("goes")
        let staying = try reference.call(.add, stays)
        let inside = try goes.snapshot()
        let before = try reference.rules()
        let result = try reference.call(.add, goes)
        #expect(try !reference.rules(of: goes).isEmpty)

        #expect(try network.fault(of: goes, configuration, result) == nil)
        #expect(try network.detach(goes, configuration, result: result) == nil)
        let left = try reference.rules(of: goes)
        if backend == .iptablesLegacy {
            #expect(left.count == 6 && left.allSatisfy { $0.hasPrefix("-A ") }, "\(left)")
        } else {
            #expect(left == [])
            #expect(try reference.rules() == before, "the other container's, and shared chains")
        }
        #expect(try goes.snapshot() == inside)
        #expect(try network.detach(goes, configuration, result: result) == nil, "a second time")

        #expect(try network.fault(of: stays, configuration, staying) == nil)
        try reference.call(.check, stays, result: staying)
        try reference.call(.delete, stays, result: staying)
        // Debian's release does not know the rules that later ones make by nft(8).
        if backend != .nftables { #expect(try reference.rules(of: stays) == []) }
        #expect(network.dataDir.files { $0.contains("/10.1.0.") || $0.contains("/fd01:") } == [])
    }

    @Test
    func `rules that a firewall has flushed are missed by CHECK, and ours take their place`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let reference = ReferenceBridge(network: network, backend: .iptablesNFT)
        let container = try network.container("one")
        let result = try reference.call(.add, container)
        try network.nft("flush ruleset")
        let fault = try network.fault(of: container, reference.configuration, result)
        #expect(fault?.contains("pods4") == true, "\(fault ?? "")")
        #expect(fault?.contains("cni_spoofcheck") == true, "\(fault ?? "")")
    }

    @Test
    func `the last address alone counts as masqueraded that still is`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let reference = ReferenceBridge(network: network, backend: .iptablesNFT)
        let container = try network.container("one")
        let result = try reference.call(.add, container)
        try network.nft("flush table ip6 nat")
        let fault = try network.fault(of: container, reference.configuration, result) ?? ""
        #expect(fault.contains("fd01::2") && !fault.contains("10.1.0.2"), "\(fault)")
    }

    @Test
    func `a container's second interface on one network keeps what it shares with the first`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let reference = ReferenceBridge(network: network, backend: .iptablesNFT)
        let container = try network.container("one")
        let first = try reference.call(.add, container)
        let second = try reference.call(.add, container, interface: "eth1")
        #expect(try network.detach(container, reference.configuration, result: first) == nil)
        let left = try reference.rules(of: container)
        #expect(
            !left.contains { $0.contains("-s 10.1.0.2") } && left.contains { $0.contains("-s 10.1.0.3") },
            "\(left)")
        #expect(try network.fault(of: container, reference.configuration, second, interface: "eth1") == nil)
        #expect(
            try network.detach(container, reference.configuration, result: second, interface: "eth1") == nil)
        #expect(try reference.rules(of: container) == [])
    }

    @Test(arguments: [true, false])
    func `a container that is gone leaves no rules, with a result and without one`(hasResult: Bool) throws {
        let network = try TestNetwork(siblings: .ipam)
        let reference = ReferenceBridge(network: network, backend: .iptablesNFT)
        let container = try network.container("one")
        let result = try reference.call(.add, container)
        container.close()
        #expect(
            try network.detach(container, reference.configuration, result: hasResult ? result : nil) == nil)
        #expect(try reference.rules(of: container) == [])
    }

    @Test
    func `a chain in which others have rules stays, and so do rules that only look alike`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let reference = ReferenceBridge(network: network, backend: .iptablesNFT)
        let container = try network.container("one")
        let result = try reference.call(.add, container)
        let chain = try #require(
            try reference.rules().first { $0.hasPrefix(":CNI-") }?.dropFirst().prefix { $0 != " " })
        try network.nft("add rule ip nat \(chain) counter comment \"an operator's\"")
        try network.nft("add rule ip nat POSTROUTING ip saddr 10.1.0.2 counter")
        #expect(try network.detach(container, reference.configuration, result: result) == nil)
        let left = try network.nft("list table ip nat")
        #expect(left.contains("an operator's") && left.contains("ip saddr 10.1.0.2 counter"), "\(left)")
        #expect(!left.contains("jump"), "\(left)")
    }
}
