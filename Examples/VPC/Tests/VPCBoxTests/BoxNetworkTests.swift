// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import NodeAgentTesting
import Testing

extension BoxTests {
    /// The join of the simulator and the fabric, without an agent: calls of EC2's, and what namespaces show of them.
    @Suite("The simulator's packets")
    struct BoxNetworkTests {
        @Test func `an attached ENI is a link that carries packets, and vanishes when it is detached`() throws
        {
            let world = try BoxWorld()
            let node = world.nodes[0]
            let (eni, attachment) = try world.attach(to: node)
            try #require(eventually { (try? node.ip("link show eth1")) != nil }, "\(world.log)")
            let interface = try #require(try world.enis(of: node).first { $0["id"]?.string == eni })
            let mac = try #require(interface["mac"]?.string)
            let link = try node.ip("link show eth1")
            #expect(link.contains(mac) && link.contains("mtu 9001"))
            let address = try #require(interface["addresses"]?.array?.last?.string)
            try node.ip("link set eth1 up")
            try node.ip("address add \(address)/32 dev eth1")
            try node.ip("route add default via 100.96.0.1 dev eth1 onlink table 2")
            try node.ip("rule add from \(address) table 2")
            #expect(
                eventually { (try? world.nodes[1].run(["/usr/bin/ping", "-c1", "-w5", address])) != nil })
            // It sends as itself only.
            try node.ip("address add 100.96.9.9/32 dev lo")
            try node.ip("rule add from 100.96.9.9 table 2")
            #expect(throws: Program.Failure.self) {
                try node.run(["/usr/bin/ping", "-c1", "-w1", "-I", "100.96.9.9", "10.42.1.20"])
            }
            try world.ec2("DetachNetworkInterface", ["AttachmentId": attachment])
            #expect(eventually { (try? node.ip("link show eth1")) == nil })
        }

        @Test func `metadata are those of whoever asks, and their tokens reach no container behind it`()
            throws
        {
            let world = try BoxWorld()
            for node in world.nodes {
                #expect(
                    eventually { (try? node.metadata("instance-id")) == world.names["instance/\(node.name)"] }
                )
            }
            // A container behind the node, whose packets it forwards with its own address.
            let node = world.nodes[0]
            let container = try node.network.container("routed")
            try node.ip("link add veth0 type veth peer name eth0 netns \(try pid(of: container))")
            try node.ip("address add 172.31.0.1/24 dev veth0")
            try node.ip("link set veth0 up")
            for words in [
                "address add 172.31.0.2/24 dev eth0", "link set eth0 up", "route add default via 172.31.0.1",
            ] {
                _ = try container.run(["/usr/sbin/ip"] + words.split(separator: " ").map(String.init))
            }
            _ = try node.run(["/usr/sbin/sysctl", "-qw", "net.ipv4.ip_forward=1"])
            _ = try node.run(["/usr/sbin/nft", "add table ip t"])
            _ = try node.run([
                "/usr/sbin/nft", "add chain ip t c { type nat hook postrouting priority srcnat; }",
            ])
            _ = try node.run(["/usr/sbin/nft", "add rule ip t c oifname eth0 masquerade"])
            let curl = ["/usr/bin/curl", "-s", "-o", "/dev/null", "-w", "%{http_code}"]
            let base = "http://169.254.169.254/latest"
            // It answers, and wants a token; the token's answer is lost on the way.
            #expect(try container.run(curl + ["--max-time", "90", "\(base)/meta-data/"]) == "401")
            let token =
                curl + [
                    "--max-time", "3", "-X", "PUT", "-H", "x-aws-ec2-metadata-token-ttl-seconds: 60",
                    "\(base)/api/token",
                ]
            #expect(throws: Program.Failure.self) { try container.run(token) }
        }

        /// ip(8) takes namespaces by a path only below /run/netns, else by a process in them.
        private func pid(of container: TestContainer) throws -> pid_t {
            let folder = try TemporaryFolder()
            let sleeper = try container.run {
                try Program(["/usr/bin/sleep", "60"], output: "\(folder.path)/sleeper")
            }
            return sleeper.process
        }

        @Test func `EC2's API answers inside the VPC, to whom the endpoint's groups admit`() throws {
            let world = try BoxWorld()
            let node = world.nodes[1]
            let curl = [
                "/usr/bin/curl", "-s", "--max-time", "90",
                "http://10.42.1.5/?Action=DescribeVpcs&Version=2016-11-15",
            ]
            #expect(eventually { (try? node.run(curl))?.contains("<DescribeVpcsResponse") == true })
            for path in ["_simulator/state", "_imds/i-1/latest"] {
                let answer = try node.run(
                    curl.dropLast() + ["-o", "/dev/null", "-w", "%{http_code}", "http://10.42.1.5/\(path)"])
                #expect(answer == "404")
            }
            let endpoint = try #require(
                try world.state()["interfaces"]?.array?.first { $0["type"]?.string == "vpc_endpoint" })
            let id = try #require(endpoint["id"]?.string)
            #expect(endpoint["status"]?.string == "in-use")
            #expect(throws: Program.Failure.self) {
                try world.ec2("DeleteNetworkInterface", ["NetworkInterfaceId": id])
            }
            try world.ec2(
                "ModifyNetworkInterfaceAttribute",
                ["NetworkInterfaceId": id, "SecurityGroupId.1": world.id("group/closed")])
            #expect(
                eventually { (try? node.run(["/usr/bin/curl", "-s", "--max-time", "2", curl[4]])) == nil })
        }

        @Test func `packets are flows of the page, accepted and rejected, and lines of the flow log`() throws
        {
            let world = try BoxWorld()
            let node = world.nodes[0]
            try #require(eventually { (try? node.metadata("instance-id")) != nil })
            #expect(
                try node.run(["/usr/bin/ping", "-c3", "-i0.2", "-w90", "10.42.1.20"]).contains(
                    " 0% packet loss"))
            let eni = try #require(try world.enis(of: world.nodes[1]).first?["id"]?.string)
            func flow(_ isAccepted: Bool) throws -> Bool {
                try world.flows().contains {
                    $0["interface"]?.string == eni && $0["source"]?.string == "10.42.1.10"
                        && $0["destination"]?.string == "10.42.1.20" && $0["accepted"]?.bool == isAccepted
                }
            }
            #expect(try eventually { try flow(true) })
            #expect(
                eventually {
                    ((try? TemporaryFolder.read("\(world.folder.path)/flows.log")) ?? "").contains(
                        "\(eni) ingress 10.42.1.10 10.42.1.20 10.42.1.10 10.42.1.20 ACCEPT")
                })
            try world.ec2(
                "ModifyNetworkInterfaceAttribute",
                ["NetworkInterfaceId": eni, "SecurityGroupId.1": world.id("group/closed")])
            #expect(
                try eventually {
                    _ = try? node.run(["/usr/bin/ping", "-c1", "-w1", "10.42.1.20"])
                    return try flow(false)
                })
        }

        @Test func `an ENI that cannot appear is logged with the reason, and appears when it can`() throws {
            let world = try BoxWorld()
            let node = world.nodes[0]
            try node.ip("link add eth1 type bridge")
            let (eni, _) = try world.attach(to: node)
            #expect(
                eventually { world.log.contains("eni=\(eni)") && world.log.contains("File exists") },
                "\(world.log)")
            try node.ip("link delete eth1")
            #expect(eventually { (try? node.ip("link show eth1"))?.contains("mtu 9001") == true })
            #expect(eventually { world.log.contains("the ENI has appeared") })
        }

        @Test func `without the permission to make devices it says so and ends`() throws {
            let folder = try TemporaryFolder()
            let file = try folder.write(
                "vpc.json",
                #"{"listen": "127.0.0.1:0", "vpcs": [{"name": "v", "cidrs": ["10.42.0.0/16"]}], "packets": {"vpc": "w"}}"#
            )
            let program = try Program(
                [BoxWorld.executable("vpc-simulator"), "--file", file], output: "\(folder.path)/output")
            #expect(program.wait() != 0)
            #expect(
                try TemporaryFolder.read("\(folder.path)/output").contains(
                    "packets.vpc: there is no VPC \"w\""))
        }
    }
}
