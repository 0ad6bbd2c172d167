// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Doctor
import Glibc
import LinuxCore
import Netlink
import TestSupport
import Testing

/// A throw-away node with a pod on a secondary ENI, as vpc-agent and vpc-eni set it up, and with an agent that listens.
private final class ENIWorld {
    let world: World
    private let agent: Listener

    init() throws {
        let world = try World()
        self.world = world
        let folder = world.folder.path
        agent = try Listener(at: "\(folder)/agent.sock")
        world.machine.root = "\(folder)/root"
        world.machine.proc = "\(folder)/proc"
        try Directory.create("\(folder)/proc")
        // The network's part is that of the namespace; processes are the test's.
        for name in ["sys", "thread-self"] { symlink("/proc/\(name)", "\(folder)/proc/\(name)") }
        try world.write(
            "net.d/20-vpc.conflist",
            #"{"cniVersion":"1.1.0","name":"vpc","plugins":[{"type":"vpc-eni","agentSocket":"\#(socketPath)"}]}"#
        )
        try world.write(plugin: "vpc-eni", versions: ["1.0.0", "1.1.0"])
        for setting in ["all", "uplink0"] { try world.set("net/ipv4/conf/\(setting)/rp_filter", "0") }
        try world.run(
            """
            ip link add eth1 type veth peer name port1; ip link set port1 up; ip link set eth1 up
            ip address add 10.0.1.10/24 dev eth1
            ip rule add prio 32765 from 10.0.1.10 lookup 2 protocol 69
            ip route add default via 10.0.1.1 dev eth1 table 2 proto 69
            ip link add eni1 type veth peer name pod1; ip link set eni1 alias vpc/c1/eth0 up; ip link set pod1 up
            ip route add 10.0.1.100 dev eni1 proto 68
            ip rule add prio 512 to 10.0.1.100 lookup main protocol 68
            ip rule add prio 1536 from 10.0.1.100 lookup 2 protocol 68
            nft add table inet cni_vpc
            """)
    }

    var socketPath: String { agent.path }

    /// Has the agent die; its socket's file stays.
    func stop() { agent.stop() }

    /// Has a process of that name.
    func start(_ name: String) throws {
        try Directory.create("\(world.machine.proc)/4711")
        try world.write("proc/4711/comm", "\(name)\n")
    }

    func write(_ path: String, _ text: String = "") throws {
        var folder = "\(world.folder.path)/root"
        try? Directory.create(folder)
        for part in path.split(separator: "/").dropLast() {
            folder += "/\(part)"
            try? Directory.create(folder)
        }
        try world.write("root/\(path)", text)
    }

    func examine() throws -> [Finding] { try world.examine(nil) }
    func complaints() throws -> [String] { try examine().complaints }
}

/// Breaks the network of a throw-away node whose pods are on ENIs.
@Suite(.needsNamespaces, .needsPrograms) struct ENITests {
    @Test func `on a healthy node all is well, and one without the plugin is not judged`() throws {
        let node = try ENIWorld()
        #expect(try node.complaints() == [])
        try node.world.run("nft delete table inet cni_vpc; ip route flush table 2")
        node.stop()
        try node.start("aws-k8s-agent")
        #expect(try !node.complaints().isEmpty)
        try File.remove("\(node.world.folder.path)/net.d/20-vpc.conflist")
        #expect(try node.complaints() == [])
    }

    @Test func `an agent that does not listen is reported, whether its socket exists or not`() throws {
        let node = try ENIWorld()
        node.stop()
        #expect(try node.complaints() == ["problem vpc-agent-not-running"])
        try File.remove(node.socketPath)
        let finding = try #require(try node.examine()["vpc-agent-not-running"])
        #expect(finding.title == "vpc-agent does not listen at \(node.socketPath)")
        try File.create(node.socketPath, [], mode: 0o600)
        #expect(try node.complaints() == ["problem vpc-agent-not-running"])
    }

    @Test func `aws-node beside it, and its chains, are reported`() throws {
        let node = try ENIWorld()
        try node.start("aws-k8s-agent")
        #expect(try node.complaints() == ["problem vpc-two-agents"])
        try node.start("bash")
        try node.world.run(
            "nft add table ip nat; nft add chain ip nat AWS-SNAT-CHAIN-0; nft add chain ip nat KUBE-SERVICES")
        let finding = try #require(try node.examine()["vpc-chains-left-over"])
        #expect(finding.title == "chains of aws-node are left over: AWS-SNAT-CHAIN-0")
    }

    @Test(.needsLegacyTables, arguments: ["iptables-legacy", "ip6tables-legacy"])
    func `chains of aws-node in legacy tables are reported, and the remedy removes them`(command: String)
        throws
    {
        let node = try ENIWorld()
        try node.world.run(
            """
            /usr/sbin/\(command) -t nat -N AWS-SNAT-CHAIN-0; /usr/sbin/\(command) -t nat -N KUBE-SERVICES
            /usr/sbin/\(command) -t nat -A POSTROUTING -j AWS-SNAT-CHAIN-0
            """)
        #expect(try node.complaints() == ["warning vpc-chains-left-over"])
        let finding = try #require(try node.examine()["vpc-chains-left-over"])
        #expect(finding.title == "chains of aws-node are left over: AWS-SNAT-CHAIN-0")
        try node.world.run(try #require(finding.remedy))
        #expect(try node.complaints() == [])
        try node.world.run("/usr/sbin/\(command) -t nat -S KUBE-SERVICES")
    }

    @Test func `rules of aws-node for pods that are gone are reported, and the remedy removes them`() throws {
        let node = try ENIWorld()
        // A pod that was taken over and lives; one that has ended; and what is no rule of a pod.
        try node.world.run(
            """
            ip route add 10.0.1.101 dev eni1; ip rule add prio 512 to 10.0.1.101 lookup main
            ip rule add prio 1536 from 10.0.1.101 lookup 2; ip rule add prio 1536 from 10.9.0.0/16 lookup main
            ip rule add prio 512 to 10.0.1.102 lookup main; ip rule add prio 1536 from 10.0.1.102 lookup 2
            """)
        #expect(try node.complaints() == ["warning vpc-rules-left-over"])
        let finding = try #require(try node.examine()["vpc-rules-left-over"])
        #expect(finding.title == "rules for addresses that no pod has: 10.0.1.102")
        try node.world.run(try #require(finding.remedy))
        #expect(try node.complaints() == [])
        let addresses = try node.world.network.run {
            try RoutingSocket().rules(.v4).compactMap { ($0.source ?? $0.destination)?.description }
        }
        #expect(addresses.contains("10.0.1.101/32") && addresses.contains("10.9.0.0/16"))
        #expect(!addresses.contains("10.0.1.102/32"))
    }

    @Test func `a firewall that was flushed has taken the agent's table`() throws {
        let node = try ENIWorld()
        try node.world.run("nft flush ruleset")
        #expect(try node.complaints() == ["problem vpc-table-missing"])
    }

    @Test func `an ENI's table without a way out is reported, with the addresses that lead to it`() throws {
        let node = try ENIWorld()
        try node.world.run("ip route flush table 2")
        #expect(try node.complaints() == ["problem eni-way-missing"])
        let finding = try #require(try node.examine()["eni-way-missing"])
        #expect(finding.title == "table 2 has no IPv4 default route")
        #expect(finding.explanation.contains("10.0.1.100") && finding.explanation.contains("10.0.1.10"))
        // Down is as good as gone: the kernel takes the routes.
        let other = try ENIWorld()
        try other.world.run("ip link set eth1 down")
        #expect(try other.complaints() == ["problem eni-way-missing"])
    }

    @Test func `a pod without its rule is reported`() throws {
        let node = try ENIWorld()
        try node.world.run("ip rule del prio 512")
        let finding = try #require(try node.examine()["eni-way-missing"])
        #expect(finding.title == "rules to 10.0.1.100 are missing")
    }

    @Test func `rules of a host's agent that come first are reported, others are not`() throws {
        let node = try ENIWorld()
        // As nm-cloud-setup makes them, for the ENI's own address.
        try node.world.run("ip rule add prio 30400 from 10.0.1.10 lookup 30400")
        #expect(try node.complaints() == ["problem eni-rules-of-others"])
        let finding = try #require(try node.examine()["eni-rules-of-others"])
        try node.world.run(try #require(finding.remedy))
        #expect(try node.complaints() == [])
        // Behind ours, for other addresses, for marked packets: none of them leads what comes from an ENI.
        try node.world.run(
            """
            ip rule add prio 32765 from 10.0.1.0/24 lookup 100; ip rule add prio 100 from 10.7.0.0/16 lookup 100
            ip rule add prio 100 fwmark 1 lookup 100
            """)
        #expect(try node.complaints() == [])
        try node.world.run("ip rule add prio 600 from 10.0.0.0/16 lookup 100")
        #expect(try node.complaints() == ["problem eni-rules-of-others"])
    }

    @Test func `programs of the host that write ENIs' routes are reported until they are switched off`()
        throws
    {
        let node = try ENIWorld()
        try node.write("etc/systemd/system/timers.target.wants/nm-cloud-setup.timer")
        try node.write("usr/lib/udev/rules.d/99-vpc-policy-routes.rules")
        #expect(try node.complaints() == ["warning eni-host-agent", "warning eni-host-agent"])
        #expect(
            try node.examine().filter { $0.id == "eni-host-agent" }.map(\.title) == [
                "nm-cloud-setup is switched on", "amazon-ec2-net-utils is switched on",
            ])
        try File.remove(
            "\(node.world.machine.root)/etc/systemd/system/timers.target.wants/nm-cloud-setup.timer")
        try node.write("etc/udev/rules.d/99-vpc-policy-routes.rules")
        #expect(try node.complaints() == [])
    }

    @Test func `a systemd-networkd that removes others' rules is reported until both keys are no`() throws {
        let node = try ENIWorld()
        try node.start("systemd-networkd")
        #expect(try node.complaints() == [])
        try node.start("systemd-network")
        #expect(try node.complaints() == ["warning eni-host-agent"])
        try node.write(
            "etc/systemd/networkd.conf",
            "[Network]\nManageForeignRoutes=no\n#ManageForeignRoutingPolicyRules=no\n")
        let finding = try #require(try node.examine()["eni-host-agent"])
        #expect(finding.explanation.contains("ManageForeignRoutingPolicyRules is not switched off"))
        try node.write(
            "usr/lib/systemd/networkd.conf.d/10-a.conf",
            "[Network]\nManageForeignRoutingPolicyRules = false\n")
        #expect(try node.complaints() == [])
        try node.write(
            "etc/systemd/networkd.conf.d/20-b.conf", "[Network]\nManageForeignRoutingPolicyRules=yes\n")
        #expect(try node.complaints() == ["warning eni-host-agent"])
    }

    @Test func `strict reverse-path filtering on the primary ENI is found and loosened`() throws {
        let node = try ENIWorld()
        try node.world.set("net/ipv4/conf/all/rp_filter", "1")
        #expect(try node.complaints() == ["warning reverse-path-filter"])
        let finding = try #require(try node.examine()["reverse-path-filter"])
        #expect(finding.title.contains("uplink0"))
        try node.world.network.run { try finding.fix() }
        #expect(try node.complaints() == [])
    }
}
