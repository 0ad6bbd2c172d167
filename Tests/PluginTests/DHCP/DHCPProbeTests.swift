// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import DHCPClient
import LinuxCore
import TestSupport
import Testing

/// A daemon that asks the network who has an address before it is used.
@Suite(.needsNamespaces, .needsProgram(Executables.path("cni-plugins")))
struct DHCPProbeTests {
    @Test func `an address that another host has is declined, and the container gets another one`() throws {
        let host = try LeasedHost("-probe", "300ms")
        try host.network.ip("address add 10.7.0.50/24 dev br0")
        let container = try host.network.container()
        let result = try host.network.attach(container, host.configuration())
        #expect(host.address(result) == "10.7.0.51/24", "\(result)")
        let decline = try #require(host.server.messages(.decline).first)
        #expect(decline.options.address(.requestedAddress)?.description == "10.7.0.50")
        #expect(host.server.messages(.decline).count == 1)
        #expect(host.log.contains("uses already: declined"), "\(host.log)")
        let whole = host.configuration().with(["prevResult": result])
        #expect(try host.network.call(Bridge.self, .delete, whole, for: container).status == 0)
        try wait(for: "the release") { !host.server.messages(.release).isEmpty }
        #expect(host.server.messages(.release).first?.clientAddress.description == "10.7.0.51")
    }

    @Test func `a network whose addresses others have refuses the ADD, and says who has them`() throws {
        let host = try LeasedHost("-probe", "200ms", "-resendtimeout", "2s")
        for number in 50...53 { try host.network.ip("address add 10.7.0.\(number)/24 dev br0") }
        let container = try host.network.container()
        let before = try container.snapshot()
        let outcome = try host.network.call(Bridge.self, .add, host.configuration(), for: container)
        #expect(outcome.output?["code"]?.int == 11, "\(outcome)")
        #expect(outcome.output?["details"]?.string?.contains("uses already") == true, "\(outcome)")
        // The second search begins at once, a third one only after ten seconds.
        #expect(host.server.messages(.decline).count == 2)
        #expect(try container.snapshot() == before)
        #expect(try host.leases == [])
    }

    @Test func `one who does not ask takes what the server gives`() throws {
        let host = try LeasedHost()
        try host.network.ip("address add 10.7.0.50/24 dev br0")
        let result = try host.network.attach(host.network.container(), host.configuration())
        #expect(host.address(result) == "10.7.0.50/24")
        #expect(host.server.messages(.decline).isEmpty)
    }

    @Test func `a search that is given up while the network is asked gives its lease back`() throws {
        let host = try LeasedHost("-probe", "8s")
        let container = try host.network.container()
        _ = try host.network.attach(container, host.configuration().with(["ipam": nil]))
        let attachment = CNITypes.Attachment(
            network: try NetworkName("lan"), containerID: try ContainerID(container.id),
            interface: try InterfaceName("eth0"))
        var options = DHCPOptions()
        options[.clientIdentifier] = [0, 1]
        let addition = DaemonRequest.Addition(
            attachment, namespacePath: container.path, options: options, priority: nil)
        #expect(throws: LocalConnectionFailure.silent(milliseconds: 3000)) {
            let connection = try LocalConnection(to: host.socket, until: Deadline(milliseconds: 3000))
            try connection.open()
            _ = try connection.exchange(DaemonRequest.add(addition).line)
        }
        try wait(for: "the release") { !host.server.messages(.release).isEmpty }
        #expect(host.server.messages(.release).first?.clientAddress.description == "10.7.0.50")
        #expect(try host.leases == [])
    }

    @Test func `an address of IPv6 that another host has is declined, too`() throws {
        let host = try LeasedHost("-probe", "500ms", "-resendmax", "1s")
        let server = try TestServer6(on: host.network, bridge: "br0")
        defer { server.stop() }
        try host.network.ip("address add fd07::50/64 dev br0 nodad")
        let container = try host.network.container()
        let result = try host.network.attach(container, host.configuration(["family": ["6"]]))
        #expect(host.address(result) == "fd07::51/128", "\(result)")
        let decline = try #require(server.messages(.decline).first)
        let asked = try #require(server.messages(.solicit).first?.options[.association])
        let id = asked.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        #expect(DHCPv6Association(id, in: decline.options)?.address?.description == "fd07::50")
        #expect(server.messages(.decline).count == 1 && host.log.contains("uses already: declined"))
    }
}
