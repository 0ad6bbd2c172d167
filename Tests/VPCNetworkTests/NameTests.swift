// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@testable import VPCNetwork

struct NameTests {
    private func attachment(_ interface: String = "eth0") throws -> CNITypes.Attachment {
        CNITypes.Attachment(
            network: try NetworkName("vpc"), containerID: try ContainerID("c1"),
            interface: try InterfaceName(interface))
    }

    /// FIPS 180-4's examples, and one whose padding takes a block of its own.
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        ),
        (String(repeating: "a", count: 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
        (String(repeating: "a", count: 1_000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ])
    func `SHA-1 of known texts`(text: String, hash: String) { #expect(SHA1.hexadecimal(text.utf8) == hash) }

    /// As Calico computes them: sha1sum of `namespace.pod`.
    @Test(arguments: [
        ("default", "web-0", "eth0", "eni", "eni0d7763386da"),
        ("kube-system", "coredns-5d78c9869d-abcde", "eth0", "cali", "cali4d5f75c480c"),
    ])
    func `a pod's link has the name that policy engines expect`(
        namespace: String, pod: String, interface: String, prefix: String, name: String
    ) throws {
        let found = HostLinkName.name(
            prefix: prefix, pod: PodReference(namespace: namespace, name: pod),
            attachment: try attachment(interface))
        #expect(found == name)
        #expect(found.utf8.count <= 15)
    }

    @Test func `other interfaces, other pods and containers without a pod have other names`() throws {
        let pod = PodReference(namespace: "default", name: "web-0")
        let names = [
            HostLinkName.name(prefix: "eni", pod: pod, attachment: try attachment()),
            HostLinkName.name(prefix: "eni", pod: pod, attachment: try attachment("net1")),
            HostLinkName.name(prefix: "eni", pod: nil, attachment: try attachment()),
            HostLinkName.name(
                prefix: "eni", pod: PodReference(namespace: "default", name: "web-1"),
                attachment: try attachment()),
            HostLinkName.name(prefix: HostLinkName.strictPrefix, pod: pod, attachment: try attachment()),
        ]
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { (14...15).contains($0.utf8.count) })
    }

    @Test func `prefixes of the node's own links are refused`() {
        for text in ["eth", "lo", "vlan", "", "abcde", "a/b", "e%d"] { #expect(!HostLinkName.isPrefix(text)) }
        for text in ["eni", "cali", "e"] { #expect(HostLinkName.isPrefix(text)) }
    }

    @Test func `tables are numbered as the plugins before this one number them`() {
        #expect(RouteTable.number(deviceIndex: 0) == 254)
        #expect(RouteTable.number(deviceIndex: 1) == 2)
        #expect(RouteTable.number(deviceIndex: 3) == 4)
        #expect(RouteTable.number(deviceIndex: 1, networkCard: 2) == 10_201)
        #expect(RouteTable.number(vlan: 7) == 107)
        #expect(RouteTable.number(vlan: 152) == 252 && RouteTable.number(vlan: 156) == 256)
    }

    @Test func `no branch has one of the kernel's own tables, and each has its own`() {
        let tables = (1...4094).map { RouteTable.number(vlan: $0) }
        #expect(Set(tables).count == tables.count && Set(tables).isDisjoint(with: [0, 253, 254, 255]))
    }
}
