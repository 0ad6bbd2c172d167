// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Glibc
import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips a test where the kernel speaks IPv6.
    static var needsNoIPv6: Self {
        .enabled("needs ipv6.disable=1 at the kernel's start") {
            access("/proc/sys/net/ipv6", F_OK) != 0
        }
    }
}

/// Links without IPv6, for whatever reason.
@Suite(.needsNamespaces, .needsProgram("/usr/bin/ping"), .needsProgram("/usr/sbin/ip"))
struct WithoutIPv6Tests {
    /// Attaches two containers to an IPv4 network, has one reach the other, checks, and looks for what is left.
    private func connect(_ members: [String: JSON?] = [:]) throws {
        let network = try TestNetwork(siblings: .ipam)
        let before = try network.rest()
        let (first, second) = (try network.container(), try network.container())
        let configuration = network.bridge(subnets: ["10.1.0.0/24"]).with(members)
        let results = [
            try network.attach(first, configuration), try network.attach(second, configuration),
        ]
        for address in ["10.1.0.1", "10.1.0.2"] { #expect(try second.canPing(address), "\(address)") }
        for (container, result) in zip([first, second], results) {
            #expect(try network.fault(of: container, configuration, result) == nil)
            #expect(try network.detach(container, configuration, result: result) == nil)
        }
        let rest = try difference(before, network.rest(after: configuration))
        #expect(rest == "")
    }

    @Test(.needsNoIPv6) func `IPv4 works on a kernel without IPv6`() throws { try connect() }

    @Test(.needsNoIPv6) func `an IPv6 address is refused on a kernel without IPv6, and nothing is left`()
        throws
    {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let before = try network.snapshot()
        let outcome = try network.call(Bridge.self, .add, network.bridge(), for: container)
        #expect(outcome.status == 1 && outcome.output?["code"]?.int != nil, "\(outcome)")
        #expect(try difference(before, network.snapshot()) == "")
    }

    @Test func `IPv4 works with packets that are too small for IPv6`() throws { try connect(["mtu": 1000]) }
}
