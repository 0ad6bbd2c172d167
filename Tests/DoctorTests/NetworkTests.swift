// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import CNITypes
import Doctor
import Glibc
import LinuxCore
import Namespaces
import Netlink
import TestSupport
import Testing

/// Breaks a throw-away node's network and has it mended.
@Suite(.needsNamespaces, .needsPrograms) struct NetworkTests {
    @Test func `on a healthy node all is well`() throws {
        let world = try World()
        #expect(try world.complaints() == [])
        let first = try world.attach()
        try world.attach()
        #expect(try world.complaints() == [])
        try world.detach(first)
        #expect(try world.complaints() == [])
    }

    @Test func `every examination is announced and has an answer`() throws {
        let world = try World()
        let doctor = Doctor(machine: world.machine, attachments: nil)
        let (findings, steps) = try world.network.run {
            var steps: [Doctor.Progress] = []
            let findings = doctor.examine { steps.append($0) }
            return (findings, steps)
        }
        #expect(findings.map(\.id) == steps.dropLast().map(\.id))
        #expect(steps.map(\.done) == Array(0..<steps.count))
        #expect(Set(steps.map(\.count)) == [findings.count])
        #expect(findings.allSatisfy { $0.severity == .ok && !$0.isSafeToFix && $0.remedy == nil })
        #expect(findings.json["ok"]?.int == findings.count)
    }

    @Test func `a bridge of ours without containers is no fault`() throws {
        let world = try World()
        try world.run(
            """
            ip link add br0 type bridge; ip link set br0 alias swift-cni up; ip address add 10.1.0.1/24 dev br0
            nft add table inet cni_masquerade
            """)
        try world.set("net/ipv4/ip_forward", "0")
        #expect(try world.complaints() == [])
    }

    @Test func `what configured interface plugins need of the host is looked for`() throws {
        let world = try World()
        func write(_ plugin: JSON) throws {
            try world.write(
                "net.d/20-more.conflist",
                (["cniVersion": "1.1.0", "name": "more", "plugins": [plugin]] as JSON).description)
        }
        try world.write(plugin: "macvlan", versions: ["1.0.0", "1.1.0"])
        let macvlan: JSON = ["type": "macvlan", "master": "nope0"]
        try write(macvlan)
        let findings = try world.examine().filter { $0.id == "interface-plugins" }
        #expect(findings.contains { $0.severity == .problem && $0.title.contains("nope0") }, "\(findings)")
        try write(["type": "macvlan", "master": "nope0", "linkInContainer": true])
        #expect(
            try world.examine().filter { $0.id == "interface-plugins" && $0.title.contains("nope0") }.isEmpty)
        for kind in ["macvlan", "ipvlan", "vlan", "dummy"] {
            try world.write(plugin: kind, versions: ["1.0.0", "1.1.0"])
            try write(["type": .string(kind), "master": "uplink0"])
            let found = try world.examine().filter { $0.id == "interface-plugins" && $0.severity == .problem }
            #expect(found.isEmpty == Kernel.hasKind(kind), "\(kind): \(found)")
        }
    }

    @Test func `what CHECK finds in living containers is reported by network`() throws {
        let world = try World()
        func entry(
            _ network: String, _ container: String, isAlive: Bool = true, _ fault: CNIError?
        ) throws -> KnownAttachments.Entry {
            KnownAttachments.Entry(
                network: try NetworkName(network),
                reference: AttachmentReference(containerID: container, ifname: "eth0"), isAlive: isAlive,
                fault: fault)
        }
        func found(_ entries: KnownAttachments.Entry...) throws -> [Finding] {
            try world.examine(KnownAttachments(entries, isComplete: false)).filter {
                $0.id == "attachment-differs"
            }
        }
        let fault = CNIError(.internalError, "not as it should be", details: "bridge br0 is down")
        #expect(try found(entry("pods", "a", nil)).complaints == [])
        #expect(try found(entry("pods", "a", isAlive: false, fault)).complaints == [])
        let findings = try found(
            entry("pods", "a", fault), entry("pods", "b", nil), entry("pods", "c", fault),
            entry("x", "d", fault),
            entry("x", "e", CNIError(.tryAgainLater, "too slow")))
        #expect(
            findings.complaints == [
                "problem attachment-differs", "problem attachment-differs", "warning attachment-differs",
            ])
        #expect(findings[0].title == "2 attachments of pods are not as their plugins made them")
        #expect(findings[0].explanation.contains("pods/a/eth0: not as it should be: bridge br0 is down."))
        #expect(findings[0].explanation.contains("pods/c/eth0: "))
        #expect(findings[1].title == "1 attachment of x is not as its plugins made it")
        #expect(findings[2].title == "1 attachment of x could not be checked")
        #expect(findings.allSatisfy { !$0.isSafeToFix })
    }

    @Test(arguments: [
        ("forwarding-ipv4", "net/ipv4/ip_forward"), ("forwarding-ipv6", "net/ipv6/conf/all/forwarding"),
    ])
    func `forwarding that was switched off is found and switched on`(id: String, setting: String) throws {
        let world = try World()
        try world.set(setting, "0")
        #expect(try world.complaints() == [], "nothing has to be forwarded yet")
        try world.attach()
        for mend in [Mend.fix, .remedy] {
            try world.set(setting, "0")
            #expect(try world.complaints() == ["problem \(id)"])
            try mend.do(world, id)
            #expect(try world.setting(setting) == "1")
            #expect(try world.complaints() == [])
        }
    }

    @Test func `IPv6 forwarding is not switched on where it would cost the host its routes`() throws {
        let world = try World()
        try world.attach()
        try world.run("ip -6 route add 2001:db8::/64 dev uplink0 proto ra")
        try world.set("net/ipv6/conf/all/forwarding", "0")
        let finding = try #require(try world.examine()["forwarding-ipv6"])
        #expect(!finding.isSafeToFix)
        try world.network.run { try finding.fix() }
        #expect(try world.setting("net/ipv6/conf/all/forwarding") == "0")
    }

    @Test func `strict reverse-path filtering is found where there are several ways`() throws {
        let world = try World()
        try world.attach()
        try world.set("net/ipv4/conf/all/rp_filter", "1")
        #expect(try world.complaints() == [], "with one way it is right")
        try world.run("ip rule add from 10.1.0.0/24 table 100")
        try world.set("net/ipv4/conf/br0/rp_filter", "2")
        #expect(try world.complaints() == ["warning reverse-path-filter"])
        try Mend.fix.do(world, "reverse-path-filter")
        #expect(try world.complaints() == [])
        #expect(try world.setting("net/ipv4/conf/uplink0/rp_filter") == "2")
        #expect(try world.setting("net/ipv4/conf/all/rp_filter") == "1")
        try world.set("net/ipv4/conf/uplink0/rp_filter", "0")
        try Mend.remedy.do(world, "reverse-path-filter")
        #expect(try world.complaints() == [])
    }

    @Test func `strict reverse-path filtering is found where a container is in two networks`() throws {
        let world = try World()
        let container = try world.attach()
        try world.attach()
        try world.set("net/ipv4/conf/br0/rp_filter", "1")
        #expect(try world.complaints() == [])
        try world.attach(container, to: "other", bridge: "br1", "10.2.0.0/24")
        #expect(try world.complaints() == ["warning reverse-path-filter"])
    }

    @Test func `forwarding is not needed where the host is not a gateway`() throws {
        let world = try World()
        var plugin = world.configuration
        plugin["isGateway"] = false
        try world.write("net.d/10-pods.conflist", plugin.description)
        try world.run("ip link add br0 type bridge; ip address add 10.1.0.1/24 dev br0")
        try world.set("net/ipv4/ip_forward", "0")
        #expect(try world.complaints() == [])
        plugin["isGateway"] = true
        try world.write("net.d/10-pods.conflist", plugin.description)
        #expect(try world.complaints() == ["problem forwarding-ipv4"])
    }

    @Test func `a chain that drops forwarded packets is found and left to the operator`() throws {
        let world = try World()
        try world.run("nft add table ip filter")
        try world.run(
            "nft 'add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'")
        #expect(try world.complaints() == ["problem forward-policy-drop"])
        try world.run("nft add rule ip filter FORWARD iifname br0 accept")
        #expect(try world.complaints() == ["warning forward-policy-drop"])
        #expect(try world.examine()["forward-policy-drop"]?.isSafeToFix == false)
        try Mend.remedy.do(world, "forward-policy-drop")
        #expect(try world.complaints() == [])
        try world.run("nft 'add chain ip filter INPUT { type filter hook input priority 0; policy drop; }'")
        #expect(try world.complaints() == [], "another hook is not containers' way")
    }

    @Test func `rules of others that come before ours are named, if they may drop`() throws {
        let world = try World()
        try world.run("nft add table ip filter")
        try world.run("nft 'add chain ip filter FORWARD { type filter hook forward priority 0; }'")
        try world.run("nft add chain ip filter OTHERS")
        try world.run("nft add rule ip filter FORWARD accept comment swift-cni")
        try world.run("nft add rule ip filter FORWARD jump OTHERS")
        try world.run("nft insert rule ip filter FORWARD iifname others0 accept")
        #expect(try world.complaints() == [])
        try world.run("nft insert rule ip filter FORWARD jump OTHERS")
        #expect(try world.complaints() == ["warning forward-rules-behind"])
        #expect(try world.examine()["forward-rules-behind"]?.explanation.contains("OTHERS") == true)
    }

    @Test(.needsProgram("/usr/sbin/iptables-nft"))
    func `a chain of iptables' own in nf_tables is read, whatever its rules`() throws {
        let world = try World()
        try world.run("iptables-nft -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT")
        try world.run("iptables-nft -A FORWARD -m comment --comment x -p tcp --dport 80 -j REJECT")
        #expect(try world.complaints() == [])
        try world.run("iptables-nft -P FORWARD DROP")
        #expect(try world.complaints() == ["warning forward-policy-drop"])
        try Mend.remedy.do(world, "forward-policy-drop")
        #expect(try world.complaints() == [])
    }

    @Test(.needsLegacyTables, arguments: ["iptables-legacy", "ip6tables-legacy"])
    func `a legacy table that drops forwarded packets is found`(command: String) throws {
        let world = try World()
        try world.run("\(command) -A INPUT -j ACCEPT")
        #expect(try world.complaints() == [], "a table alone does no harm")
        try world.run("\(command) -P FORWARD DROP")
        #expect(try world.complaints() == ["problem legacy-forward-policy-drop"])
        try world.run("\(command) -A FORWARD -i br0 -j ACCEPT")
        #expect(try world.complaints() == ["warning legacy-forward-policy-drop"])
        try Mend.remedy.do(world, "legacy-forward-policy-drop")
        #expect(try world.complaints() == [])
    }

    @Test func `a dropping chain that bridged packets meet is found`() throws {
        let world = try World()
        try world.attach()
        let setting = "net/bridge/bridge-nf-call-iptables"
        guard (try? world.setting(setting)) != nil else { return }
        try world.set(setting, "1")
        #expect(try world.complaints() == [])
        try world.run("nft add table inet f")
        try world.run("nft 'add chain inet f c { type filter hook forward priority 0; policy drop; }'")
        #expect(Set(try world.complaints()).contains("warning bridge-netfilter"))
        while let finding = try world.examine()["bridge-netfilter"] {
            try world.run(finding.remedy ?? "false")
        }
        #expect(try world.complaints() == ["problem forward-policy-drop"])
    }

    @Test func `a network that is on another link too is found`() throws {
        let world = try World()
        try world.attach()
        try world.run("ip address add 10.1.0.200/28 dev uplink0")
        #expect(try world.complaints() == ["problem bridge-address-overlap"])
        try world.run("ip address delete 10.1.0.200/28 dev uplink0")
        #expect(try world.complaints() == [])
        try world.run(
            "ip link add br9 type bridge; ip link set br9 alias swift-cni; ip address add 10.1.0.9/25 dev br9"
        )
        #expect(try world.complaints() == ["problem bridge-address-overlap"])
    }

    @Test func `a bridge that takes larger packets than the way out is found`() throws {
        let world = try World()
        try world.attach()
        try world.run("ip link set uplink0 mtu 1400")
        #expect(try world.complaints() == ["warning bridge-mtu"])
        try Mend.remedy.do(world, "bridge-mtu")
        #expect(try world.complaints() == [])
    }

    @Test(arguments: [
        ("kernel-bridge", "link add probe0 type bridge", "problem"),
        ("kernel-veth", "link add probe0 type veth", "problem"),
        ("kernel-nf-tables", "add table inet probe", "problem"),
        ("kernel-vxlan", "link add probe0 type vxlan", "warning"),
    ])
    func `what the kernel lacks is found`(id: String, operation: String, severity: String) throws {
        let world = try World()
        let (operations, _) = try FaultInjection.operations { try world.examine() }
        let index = try #require(operations.firstIndex { $0.hasPrefix(operation) }, "\(operations)")
        let findings = try FaultInjection.failing(at: index, with: 95) { try world.examine() }  // EOPNOTSUPP
        #expect(findings.complaints == ["\(severity) \(id)"])
    }

    @Test func `what cannot be read is reported as such`() throws {
        let world = try World()
        try world.attach()
        let doctor = Doctor(machine: world.machine, attachments: try world.attachments())
        let (operations, healthy) = try world.network.run {
            FaultInjection.operations { doctor.examine() }
        }
        #expect(healthy.complaints == [])
        for index in operations.indices {
            let findings = try world.network.run {
                FaultInjection.failing(at: index, with: 1) { doctor.examine() }  // EPERM
            }
            let ill = findings.filter { $0.severity != .ok }
            #expect(
                !ill.isEmpty && ill.allSatisfy { $0.title.hasPrefix("could not find out whether ") },
                "\(operations[index]): \(ill)")
        }
    }
}

/// A way to mend what was found.
enum Mend {
    case fix, remedy

    /// Mends it; twice, for what is mended already is no reason to fail.
    func `do`(_ world: World, _ id: String) throws {
        let finding = try #require(try world.examine()[id])
        switch self {
        case .fix:
            try #require(finding.isSafeToFix)
            for _ in 0..<2 { try world.network.run { try finding.fix() } }
        case .remedy: try world.run(finding.remedy ?? "false")
        }
    }
}
