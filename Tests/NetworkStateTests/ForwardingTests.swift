// SPDX-License-Identifier: Apache-2.0

import Addressing
import NetworkState
import Testing

/// Which settings a host needs to forward packets.
struct ForwardingTests {
    private func link(
        _ name: String = "eth0", kind: String? = nil, _ change: (inout Forwarding.Link) -> Void = { _ in }
    ) -> Forwarding.Link {
        var link = Forwarding.Link(name, kind: kind)
        link.acceptance = 1
        change(&link)
        return link
    }

    private func settings(
        _ families: [IPAddress.Family] = [.v6], _ links: Forwarding.Link...
    ) -> [String] {
        Forwarding.settings(for: families, among: links).map { "\($0.path)=\($0.value)" }
    }

    private let all = "net/ipv6/conf/all/forwarding=1"

    @Test func `each family has its switch, and only IPv6 has advertisements`() {
        #expect(settings([]) == [])
        #expect(settings([.v4], link()) == ["net/ipv4/ip_forward=1"])
        #expect(
            settings([.v4, .v6], link())
                == ["net/ipv4/ip_forward=1", "net/ipv6/conf/eth0/accept_ra=2", all])
    }

    @Test func `links that accept router advertisements go on doing so, and no other begins to`() {
        for link in [
            link(), link("bond0", kind: "bond"), link("team0", kind: "team"), link("eth0.5", kind: "vlan"),
            link("br0", kind: "bridge") { $0.hasAdvertisedRoute = true },
            link("up0", kind: "veth") { $0.hasAdvertisedRoute = true },
        ] { #expect(settings([.v6], link) == ["net/ipv6/conf/\(link.name)/accept_ra=2", all]) }
        for link in [
            link { $0.acceptance = 0 }, link { $0.acceptance = 2 }, link { $0.isForwarding = true },
            link { $0.isPort = true }, link("lo"), link("cni0", kind: "bridge"), link("veth1", kind: "veth"),
            link("wg0", kind: "wireguard"),
        ] { #expect(settings([.v6], link) == [all], "\(link)") }
    }

    @Test func `advertisements are provided for before forwarding is switched on`() {
        var state = NetworkState(owner: "node")
        state.add(settings: Forwarding.settings(for: [.v6], among: [link()]), in: .host, for: .host)
        var found = ObservedState()
        found.insert(.sysctl(Sysctl("ipv6", "accept_ra", of: "eth0", "1")), in: .host)
        found.insert(.sysctl(Sysctl("net/ipv6/conf/all/forwarding", "0")), in: .host)
        #expect(
            state.changes(from: found).map(\.description) == [
                "host: set sysctl net/ipv6/conf/eth0/accept_ra=2, which is 1",
                "host: set sysctl net/ipv6/conf/all/forwarding=1, which is 0",
            ])
    }
}
