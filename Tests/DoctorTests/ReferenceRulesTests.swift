// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Doctor
import LinuxCore
import TestSupport
import Testing

/// Rules of the CNI project's bridge plugin whose containers are gone.
@Suite(.needsNamespaces, .needsPrograms, .needsProgram("/usr/sbin/iptables-nft"))
struct ReferenceRulesTests {
    @Test func `chains of iptables-nft are named, and the remedy removes them and no others`() throws {
        try leaveAndRemove("iptables-nft")
    }

    @Test(.needsLegacyTables)
    func `chains of iptables-legacy are named, and the remedy removes them and no others`() throws {
        try leaveAndRemove("iptables-legacy")
    }

    /// Masquerades a container as that plugin does.
    private func masquerade(_ container: String, _ address: String, _ program: String) -> String {
        let chain = "CNI-\(SHA512.text("pods\(container)", digits: 24))"
        let comment = "-m comment --comment 'name: \"pods\" id: \"\(container)\"'"
        return """
            \(program) -t nat -N \(chain) 2>/dev/null || true
            \(program) -t nat -A \(chain) -d 10.1.0.0/24 \(comment) -j ACCEPT
            \(program) -t nat -A \(chain) ! -d 224.0.0.0/4 \(comment) -j MASQUERADE
            \(program) -t nat -A POSTROUTING -s \(address) \(comment) -j \(chain)
            """
    }

    private func leaveAndRemove(_ program: String) throws {
        let world = try World()
        let lives = try world.attach()
        try world.run(masquerade(lives.id, "10.1.0.2", program))
        #expect(try world.examine()["reference-rules-left-over"] == nil)
        // Two interfaces of one container share the chain.
        try world.run(masquerade("gone", "10.1.0.98", program))
        try world.run(masquerade("gone", "10.1.0.99", program))
        let unknown = try world.examine(world.attachments(isComplete: false))["reference-rules-left-over"]
        #expect(unknown?.explanation.hasPrefix("pods/gone: ") == true, "host-local has the addresses back")
        // One that no runtime remembers lives as long as it has its lease.
        let lease = "\(world.network.dataDir.path)/pods/10.1.0.98"
        try File.create(lease, Array("gone\r\neth0".utf8), mode: 0o600)
        try world.run(
            "\(program) -t nat -D POSTROUTING -s 10.1.0.99 -m comment --comment 'name: \"pods\" id: \"gone\"' -j CNI-\(SHA512.text("podsgone", digits: 24))"
        )
        #expect(try world.examine(world.attachments(isComplete: false))["reference-rules-left-over"] == nil)
        try world.run(masquerade("gone", "10.1.0.99", program))
        let finding = try #require(try world.examine()["reference-rules-left-over"])
        #expect(finding.explanation.hasPrefix("pods/gone: "), "\(finding.explanation)")
        try world.run(try #require(finding.remedy))
        #expect(try world.examine()["reference-rules-left-over"] == nil)
        let chain = "CNI-\(SHA512.text("pods\(lives.id)", digits: 24))"
        try world.run("\(program) -t nat -S \(chain) | grep -c MASQUERADE")
        try world.run("! \(program)-save -t nat | grep -q '\"gone'")
    }

    @Test func `ports that lead to a container that is gone are named, and those of one that lives are not`()
        throws
    {
        let world = try World()
        let lives = try world.attach()
        try world.run("iptables-nft -t nat -N CNI-HOSTPORT-DNAT")
        for (container, address, port) in [(lives.id, "10.1.0.2", 8080), ("gone", "10.1.0.9", 8081)] {
            let chain = "CNI-DN-\(SHA512.text("pods\(container)", digits: 21))"
            try world.run(
                """
                iptables-nft -t nat -N \(chain)
                iptables-nft -t nat -A \(chain) -p tcp --dport \(port) -j DNAT --to-destination \(address):80
                iptables-nft -t nat -A CNI-HOSTPORT-DNAT -p tcp -m comment \\
                    --comment 'dnat name: "pods" id: "\(container)"' -m multiport --dports \(port) -j \(chain)
                """)
        }
        let unknown = try world.attachments(isComplete: false)
        let finding = try #require(try world.examine(unknown)["reference-rules-left-over"])
        #expect(finding.explanation.hasPrefix("pods/gone: "), "\(finding.explanation)")
        try world.run(try #require(finding.remedy))
        #expect(try world.examine()["reference-rules-left-over"] == nil)
        try world.run("iptables-nft-save -t nat | grep -q 8080 && ! iptables-nft-save -t nat | grep 8081")
    }

    @Test func `rules of nft are recognised by their comments`() throws {
        let world = try World()
        let lives = try world.attach()
        func comment(_ container: String) -> String {
            "\(SHA512.text("pods", digits: 16))-\(SHA512.text("eth0:\(container)", digits: 16)), net: pods, if: eth0, id: \(container)"
        }
        try world.run("nft add table inet cni_plugins_masquerade")
        try world.run("nft add chain inet cni_plugins_masquerade masq_checks")
        for (address, text) in [
            ("10.1.0.2", comment(lives.id)), ("10.1.0.9", comment("gone")),
            ("10.1.0.8", "0-0, net: pods, if: eth0, id: x"),
        ] {
            try world.run(
                "nft add rule inet cni_plugins_masquerade masq_checks ip saddr \(address) counter comment '\"\(text)\"'"
            )
        }
        let finding = try #require(try world.examine()["reference-rules-left-over"])
        #expect(finding.explanation.hasPrefix("pods/gone/eth0: "), "\(finding.explanation)")
        try world.run(try #require(finding.remedy))
        #expect(try world.examine()["reference-rules-left-over"] == nil)
        try world.run("nft list ruleset | grep -q 10.1.0.8 && nft list ruleset | grep -q 'id: \(lives.id)'")
    }
}
