// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import LinuxCore
import Namespaces
import Netlink
import NetworkState
import TestSupport
import Testing
import VPCNetwork

/// Pods on branches of a trunk, which the second ENI is: the router has the VLANs' other ends.
///
/// `make test-kernels` runs it where the machine's own kernel has no VLANs.
@Suite(
    .needsNamespaces, .needsKind("vlan"), .needsProgram("/usr/bin/ping"), .needsProgram("/usr/sbin/ip"),
    .needsProgram("/usr/sbin/nft"), .serialized)
struct VPCBranchTests {
    /// What the controller writes into the pod's annotation.
    static func members(_ vlan: Int, isStrict: Bool) -> [String: JSON?] {
        let annotation: JSON = [
            [
                "eniId": "eni-\(vlan)", "ifAddress": "02:00:00:00:0b:0\(vlan)",
                "privateIp": "10.0.7.\(100 + vlan)",
                "ipv6Addr": "fd10:0:0:7::\(100 + vlan)", "vlanID": JSON(vlan), "subnetCidr": "10.0.7.0/24",
                "subnetV6Cidr": "fd10:0:0:7::/64",
            ]
        ]
        return [
            "allowedModes": ["branch"],
            "runtimeConfig": [
                "io.kubernetes.cri.pod-annotations": [
                    "vpc.amazonaws.com/pod-eni": .string(annotation.serialized())
                ]
            ],
        ]
    }

    /// A node whose router has a link for each branch's VLAN, all of them in one subnet.
    private func world(isStrict: Bool, vlans: [Int] = [5, 6]) throws -> VPCWorld {
        let world = try VPCWorld(.both) { $0.hasStrictBranches = isStrict }
        // A second look, once the moved rule for the node's own addresses is there.
        if isStrict { try world.converge() }
        for vlan in vlans {
            let link = "port1.\(vlan)"
            try world.router.ip("link add link port1 name \(link) type vlan id \(vlan)")
            try world.router.ip("link set \(link) up")
            try world.router.ip("address add 10.0.7.1/32 dev \(link)")
            try world.router.ip("address add fd10:0:0:7::1/128 dev \(link) nodad")
            for address in ["10.0.7.\(100 + vlan)", "fd10:0:0:7::\(100 + vlan)"] {
                try world.router.ip("route add \(address) dev \(link)")
                try world.router.ip("neighbour replace \(address) lladdr 02:00:00:00:0b:0\(vlan) dev \(link)")
            }
            let counter = "branch\(vlan)"
            try world.router.nft("add counter inet vpc \(counter)")
            for rule in [
                "ip protocol icmp counter name \(counter)",
                "ip saddr != 10.0.7.\(100 + vlan) counter name foreign drop",
                "ip6 saddr != { fd10:0:0:7::\(100 + vlan), fe80::/10, ff00::/8, :: } counter name foreign drop",
            ] {
                try world.router.nft("add rule inet vpc sources iifname \(link) \(rule)")
            }
        }
        return world
    }

    /// How many packets of pings over IPv4 the VPC has had from a branch.
    private func pings(_ world: VPCWorld, by vlan: Int) throws -> Int { try world.packets("branch\(vlan)") }

    @Test(arguments: [true, false])
    func `a pod on a branch reaches the VPC with its own address, by its VLAN`(isStrict: Bool) throws {
        let world = try world(isStrict: isStrict)
        let pod = try world.node.container("c1")
        let name = isStrict ? "strict" : "standard"
        let result = try CNIResult(
            json: world.attach(pod, pod: "web-0", Self.members(5, isStrict: isStrict), network: name),
            version: .current)
        #expect(result.interfaces.map(\.name).first == "vlan.eth.5")
        #expect(result.interfaces[1].name.hasPrefix(isStrict ? "vlan" : "eni"))
        #expect(result.ips.map(\.address.description) == ["10.0.7.105/32", "fd10:0:0:7::105/128"])
        let own = ["10.0.7.105", "fd10:0:0:7::105"].compactMap { IPAddress($0) }
        try world.instance.admitPings(onlyFrom: own)
        for address in ["10.0.5.9", "fd10:0:0:5::9"] {
            #expect(try pod.canPing(address), "\(address)")
        }
        for address in own { #expect(try world.vpn.ping(address).status == 0, "\(address)") }
        #expect(try world.foreignPackets() == 0)
        let check = try world.call(
            .check, pod,
            Self.members(5, isStrict: isStrict).merging(["prevResult": result.json(version: .current)]) {
                $1
            },
            network: name)
        #expect(check.status == 0, "\(check)")
    }

    @Test(arguments: [true, false])
    func `what a strict pod has to do with its node goes by the branch, a standard one's does not`(
        isStrict: Bool
    ) throws {
        let world = try world(isStrict: isStrict)
        let name = isStrict ? "strict" : "standard"
        let (pod, neighbour) = (try world.node.container("c1"), try world.node.container("c2"))
        _ = try world.attach(pod, pod: "web-0", Self.members(5, isStrict: isStrict), network: name)
        let attached = try CNIResult(json: world.attach(neighbour, pod: "web-1"), version: .current)
        let besides = try #require(attached.ips.first?.address.address.description)
        let before = try pings(world, by: 5)
        #expect(try pod.canPing("10.0.0.10"))
        #expect(try pod.canPing(besides), "\(besides)")
        #expect(
            try world.node.run { Program.run(["/usr/bin/ping", "-n", "-c", "1", "-w", "3", "10.0.7.105"]) }
                .status == 0)
        let after = try pings(world, by: 5)
        if isStrict {
            #expect(after >= before + 3)
        } else {
            #expect(after == before)
        }
        #expect(try world.foreignPackets() == 0)
    }

    @Test(arguments: [true, false], [true, false])
    func `DEL leaves nothing of a branch, with and without its container`(isStrict: Bool, hasContainer: Bool)
        throws
    {
        let world = try world(isStrict: isStrict)
        let name = isStrict ? "strict" : "standard"
        let pod = try world.node.container("c1")
        let before = try world.node.snapshot()
        let result = try world.attach(pod, pod: "web-0", Self.members(5, isStrict: isStrict), network: name)
        if !hasContainer { pod.close() }
        // The annotation is gone with the pod.
        let outcome = try world.call(.delete, pod, ["prevResult": result], network: name)
        #expect(outcome.status == 0, "\(outcome)")
        try expectUnchanged(world.node, since: before)
    }

    @Test(arguments: [true, false])
    func `GC takes a branch whose container died without a DEL`(isStrict: Bool) throws {
        let world = try world(isStrict: isStrict)
        let name = isStrict ? "strict" : "standard"
        let pod = try world.node.container("c1")
        let before = try world.node.snapshot()
        _ = try world.attach(pod, pod: "web-0", Self.members(5, isStrict: isStrict), network: name)
        pod.close()
        let outcome = try world.call(.collect, nil, ["cni.dev/valid-attachments": []], network: name)
        #expect(outcome.status == 0, "\(outcome)")
        try expectUnchanged(world.node, since: before)
    }

    @Test(arguments: [true, false], [5, 6])
    func `the late DEL of a pod's earlier container leaves the new one's branch`(isStrict: Bool, second: Int)
        throws
    {
        let world = try world(isStrict: isStrict)
        let name = isStrict ? "strict" : "standard"
        let (first, next) = (try world.node.container("c1"), try world.node.container("c2"))
        let before = try world.node.snapshot()
        let old = try world.attach(first, pod: "web-0", Self.members(5, isStrict: isStrict), network: name)
        #expect(try first.canPing("10.0.5.9"))
        let new = try world.attach(
            next, pod: "web-0", Self.members(second, isStrict: isStrict), network: name)
        for container in [first, next] {
            #expect(try next.canPing("10.0.5.9"), "\(container.id)")
            #expect(try next.canPing("fd10:0:0:5::9"), "\(container.id)")
            let outcome = try world.call(
                .delete, container, ["prevResult": container === first ? old : new], network: name)
            #expect(outcome.status == 0, "\(outcome)")
        }
        #expect(try world.foreignPackets() == 0)
        try expectUnchanged(world.node, since: before)
    }
}
