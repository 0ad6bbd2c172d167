// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import DHCPClient
import DHCPPlugin
import Glibc
import IPVLANPlugin
import LinuxCore
import MacvlanPlugin
import TestSupport
import Testing

@Suite(.needsNamespaces, .needsProgram(Executables.path("cni-plugins")))
struct DHCPDaemonTests {
    @Test func `a lease is an interface's address, its renewal keeps it, and DEL gives it back`() throws {
        let host = try LeasedHost()
        host.server.behave { $0.options = [58, 4, 0, 0, 0, 2, 59, 4, 0, 0, 0, 20] }
        let container = try host.network.container()
        let ipam: JSON = [
            "priority": 77,
            "provide": [
                ["option": "host-name", "fromArg": "K8S_POD_NAME"],
                ["option": "dhcp-client-identifier", "value": "me"],
            ],
            "request": [["option": "26"]],
        ]
        let configuration = host.configuration(ipam)
        let result = try host.network.attach(
            container, configuration, variables: ["CNI_ARGS": "K8S_POD_NAME=web-0"])
        #expect(host.address(result) == "10.7.0.50/24", "\(result)")
        #expect(result["ips"]?.array?.first?["gateway"]?.string == "10.7.0.1")
        #expect(try host.addresses(container).contains("10.7.0.50/24"))
        #expect(try container.ip("route show default").contains("via 10.7.0.1 dev eth0 metric 77"))
        let asked = try #require(host.server.messages(.discover).last)
        #expect(asked.options.text(.hostName) == "web-0")
        #expect(asked.options[.clientIdentifier] == [0] + Array("me".utf8))
        #expect(asked.options[.parameterRequestList]?.contains(26) == true)
        let first = host.server.messages(.request).count
        try wait(for: "a renewal") { host.server.messages(.request).count > first }
        #expect(host.server.messages(.request).last?.clientAddress.description == "10.7.0.50")
        let whole = configuration.with(["prevResult": result])
        #expect(try host.network.call(Bridge.self, .check, whole, for: container).status == 0)
        #expect(try host.network.call(Bridge.self, .delete, whole, for: container).status == 0)
        try wait(for: "the release") { !host.server.messages(.release).isEmpty }
        #expect(host.server.messages(.release).first?.clientAddress.description == "10.7.0.50")
        #expect(try host.leases == [])
        #expect(try host.network.call(Bridge.self, .delete, whole, for: container).status == 0, "again")
    }

    @Test func `a daemon that is killed goes on with its leases`() throws {
        let host = try LeasedHost()
        host.server.behave { $0.options = [58, 4, 0, 0, 0, 2, 59, 4, 0, 0, 0, 20] }
        let (one, two) = (try host.network.container(), try host.network.container())
        let result = try host.network.attach(one, host.configuration())
        _ = try host.network.attach(two, host.configuration())
        #expect(try host.leases.count == 2)
        host.kill()
        two.close()
        let before = host.server.messages(.request).count
        try host.start()
        #expect(try host.leases.count == 1, "the lease of a container that is gone is forgotten")
        try wait(for: "a renewal") { host.server.messages(.request).count > before }
        let whole = host.configuration().with(["prevResult": result])
        #expect(try host.network.call(Bridge.self, .check, whole, for: one).status == 0)
        #expect(try host.network.call(Bridge.self, .delete, whole, for: one).status == 0)
        try wait(for: "the release") { host.server.messages(.release).count == 1 }
    }

    @Test func `without the daemon there is no ADD, and a DEL forgets`() throws {
        let host = try LeasedHost()
        let container = try host.network.container()
        let result = try host.network.attach(container, host.configuration())
        host.kill()
        let refused = try host.network.call(
            Bridge.self, .add, host.configuration(), for: host.network.container())
        #expect(refused.output?["code"]?.int == 11, "\(refused)")
        #expect(refused.output?["msg"]?.string?.contains("dhcp daemon does not run") == true)
        let status = try host.network.call(Bridge.self, .status, host.configuration())
        #expect(status.output?["code"]?.int == 50)
        let whole = host.configuration().with(["prevResult": result])
        #expect(try host.network.call(Bridge.self, .delete, whole, for: container).status == 0)
        #expect(try host.leases == [])
    }

    @Test func `an address whose lease ends is taken away, and comes back with it`() throws {
        let host = try LeasedHost("-resendmax", "1s", "-timeout", "1s")
        host.server.behave { $0.seconds = 4 }
        let container = try host.network.container()
        let result = try host.network.attach(container, host.configuration())
        host.server.behave { $0.isSilent = true }
        try wait(for: "the end of the lease") { try !host.addresses(container).contains("10.7.0.50") }
        let whole = host.configuration().with(["prevResult": result])
        let check = try host.network.call(Bridge.self, .check, whole, for: container)
        #expect(check.output?["code"]?.int == 113, "\(check)")
        // Another address is none that anybody knows the container by.
        host.server.behave { ($0.isSilent, $0.first, $0.seconds) = (false, 90, 3600) }
        let discovers = host.server.messages(.discover).count
        try wait(for: "some offers") { host.server.messages(.discover).count > discovers + 2 }
        #expect(try !host.addresses(container).contains("inet"))
        host.server.behave { $0.first = 50 }
        try wait(for: "the address") { try host.addresses(container).contains("10.7.0.50/24") }
        #expect(try container.ip("route show default").contains("via 10.7.0.1"))
        #expect(try host.network.call(Bridge.self, .check, whole, for: container).status == 0)
    }

    @Test func `a server that refuses a renewal takes the address away`() throws {
        let host = try LeasedHost()
        host.server.behave { $0.options = [58, 4, 0, 0, 0, 1, 59, 4, 0, 0, 0, 20] }
        let container = try host.network.container()
        _ = try host.network.attach(container, host.configuration())
        host.server.behave { $0.refuses = true }
        try wait(for: "the refusal") { try !host.addresses(container).contains("10.7.0.50") }
        #expect(try container.ip("-o link show eth0").contains("UP"), "the interface stays up")
        host.server.behave { $0.refuses = false }
        try wait(for: "the address") { try host.addresses(container).contains("10.7.0.50/24") }
    }

    @Test func `a container that is gone is noticed by its DEL, and the daemon goes on`() throws {
        let host = try LeasedHost()
        let container = try host.network.container()
        let result = try host.network.attach(container, host.configuration())
        container.close()
        let whole = host.configuration().with(["prevResult": result])
        for path in ["", container.path] {
            let outcome = try host.network.call(
                Bridge.self, .delete, whole, for: container, variables: ["CNI_NETNS": path])
            #expect(outcome.status == 0, "\(outcome)")
        }
        #expect(try host.leases == [])
        #expect(host.isAlive)
        _ = try host.network.attach(host.network.container(), host.configuration())
    }

    @Test func `two interfaces of one container have a lease each`() throws {
        let host = try LeasedHost()
        let container = try host.network.container()
        let one = try host.network.attach(container, host.configuration())
        let two = try host.network.attach(container, host.configuration(), interface: "net1")
        #expect(host.address(one) != host.address(two))
        let whole = host.configuration().with(["prevResult": two])
        let outcome = try host.network.call(
            Bridge.self, .delete, whole, for: container, interface: "net1")
        #expect(outcome.status == 0)
        #expect(try host.addresses(container).contains("10.7.0.50"))
        #expect(try host.leases == ["lan:container1:eth0"])
    }

    @Test func `garbage collection gives back the leases of others than the valid ones`() throws {
        let host = try LeasedHost()
        let (one, two) = (try host.network.container(), try host.network.container())
        for container in [one, two] { _ = try host.network.attach(container, host.configuration()) }
        let valid: JSON = [["containerID": .string(one.id), "ifname": "eth0"]]
        let whole = host.configuration().with(["cni.dev/valid-attachments": valid])
        #expect(try host.network.call(DHCPPlugin.self, .collect, whole).status == 0)
        #expect(try host.leases == ["lan:container1:eth0"])
        try wait(for: "the release") { host.server.messages(.release).count == 1 }
    }

    @Test func `an ADD without a server ends, and leaves nothing`() throws {
        let host = try LeasedHost("-resendmax", "200ms", "-timeout", "200ms", "-resendtimeout", "1s")
        host.server.behave { $0.isSilent = true }
        let container = try host.network.container()
        let before = try container.snapshot()
        let outcome = try host.network.call(Bridge.self, .add, host.configuration(), for: container)
        #expect(outcome.output?["code"]?.int == 11, "\(outcome)")
        #expect(outcome.output?["msg"]?.string == "no DHCP server has given a lease in 1000 ms")
        #expect(outcome.output?["details"]?.string?.contains("no answer has come") == true)
        #expect(try container.snapshot() == before)
        #expect(try host.leases == [])
    }

    @Test func `a server's nonsense is passed over`() throws {
        let host = try LeasedHost("-resendmax", "500ms")
        host.server.behave { behaviour in
            behaviour.noise = { answer in
                var strange: [[UInt8]] = [[], [2], [UInt8](repeating: 0xff, count: 1400)]
                strange.append(Array(answer.prefix(239)))
                strange.append(Array(answer.dropLast(3)))
                for (index, value) in [(0, 1), (4, 0xaa), (28, 0x77), (236, 0), (2, 16)] as [(Int, UInt8)] {
                    var other = answer
                    other[index] = value
                    strange.append(other)
                }
                // An address that no interface can have, options that overlap fields full of them, options past the end.
                var multicast = answer
                multicast[16] = 224
                strange.append(multicast)
                var overload = Array(answer.dropLast()) + [52, 1, 3, 255]
                for index in 44..<236 { overload[index] = 3 }
                strange.append(overload)
                strange.append(Array(answer.dropLast()) + [121, 255, 33])
                return strange
            }
        }
        let container = try host.network.container()
        let result = try host.network.attach(container, host.configuration())
        #expect(host.address(result) == "10.7.0.50/24")
        #expect(host.isAlive)
    }

    @Test func `callers' nonsense is answered, and others go on`() throws {
        let host = try LeasedHost()
        for line in [
            "{}\n", "nonsense\n", "{\"version\":9,\"verb\":\"add\"}\n",
            "{\"version\":1,\"verb\":\"add\",\"network\":\"lan\",\"containerID\":\"a\",\"interface\":\"../x\"}\n",
            "{\"version\":1,\"verb\":\"gc\",\"network\":\"lan\"}\n",
        ] {
            let deadline = Deadline(milliseconds: 10_000)
            let connection = try LocalConnection(to: host.socket, until: deadline)
            try connection.open()
            let answer = try DaemonAnswer(parsing: connection.exchange(Array(line.utf8)))
            guard case .failure = answer else {
                Issue.record("\(line) \(answer)")
                continue
            }
        }
        let silent = try LocalConnection(to: host.socket, until: Deadline(milliseconds: 10_000))
        try silent.open()
        _ = try host.network.attach(host.network.container(), host.configuration())
        #expect(try FileStatus(of: host.socket).mode & 0o777 == 0o600)
    }

    @Test(.needsKind("macvlan"))
    func `macvlan's containers have a lease each over one link of the host's`() throws {
        try LeasedHost().leaseTwo(over: Macvlan.self)
    }

    @Test func `a search that nobody waits for any more ends`() throws {
        let host = try LeasedHost("-resendmax", "200ms", "-timeout", "200ms")
        host.server.behave { $0.isSilent = true }
        let container = try host.network.container()
        try container.ip("link set lo up")
        let attachment = CNITypes.Attachment(
            network: try NetworkName("lan"), containerID: try ContainerID(container.id),
            interface: try InterfaceName("lo"))
        var options = DHCPOptions()
        options[.clientIdentifier] = [0, 1]
        let addition = DaemonRequest.Addition(
            attachment, namespacePath: container.path, options: options, priority: nil)
        #expect(throws: LocalConnectionFailure.silent(milliseconds: 300)) {
            let connection = try LocalConnection(to: host.socket, until: Deadline(milliseconds: 300))
            try connection.open()
            _ = try connection.exchange(DaemonRequest.add(addition).line)
        }
        try wait(for: "the end of the search") { host.log.contains("nobody waits for a lease any more") }
        #expect(try host.leases == [])
    }

    @Test func `files that are no leases are named and left, and DEL and GC remove them`() throws {
        let host = try LeasedHost()
        let container = try host.network.container()
        _ = try host.network.attach(container, host.configuration())
        host.kill()
        let folder = "\(host.socket).leases"
        let whole = try File.read("\(folder)/lan:container1:eth0")
        try File.create("\(folder)/lan:half:eth0", Array(whole.prefix(whole.count / 2)), mode: 0o600)
        try File.create("\(folder)/lan:other:eth0", whole, mode: 0o600)
        try File.create("\(folder)/lan:empty:eth0", [], mode: 0o600)
        #expect(symlink("/dev/zero", "\(folder)/lan:link:eth0") == 0)
        #expect(mkfifo("\(folder)/lan:fifo:eth0", 0o600) == 0)
        try host.start()
        for name in ["half", "other", "empty", "link", "fifo"] {
            #expect(host.log.contains("\(folder)/lan:\(name):eth0"), "\(host.log)")
        }
        let gone = try TestContainer(id: "half", pathAfterwards: "/none")
        let deleted = try host.network.call(Bridge.self, .delete, host.configuration(), for: gone)
        #expect(deleted.status == 0, "\(deleted)")
        #expect(try host.leases.count == 5)
        let valid: JSON = [["containerID": .string(container.id), "ifname": "eth0"]]
        let collected = host.configuration().with(["cni.dev/valid-attachments": valid])
        #expect(try host.network.call(DHCPPlugin.self, .collect, collected).status == 0)
        #expect(try host.leases == ["lan:container1:eth0"])
        let status = try host.network.call(DHCPPlugin.self, .status, host.configuration())
        #expect(status.status == 0)
    }

    @Test(
        arguments: [
            (1400, "1.1.0", true, 1400), (1400, "1.1.0", false, nil), (1400, "1.0.0", true, nil),
            (9000, "1.1.0", true, nil), (1500, "1.1.0", true, nil),
        ] as [(UInt16, String, Bool, Int?)])
    func `the server's MTU is that of the routes, if it was asked for and is below the interface's`(
        said: UInt16, version: String, isAsked: Bool, mtu: Int?
    ) throws {
        let host = try LeasedHost()
        host.server.behave { $0.options = [26, 2, UInt8(said >> 8), UInt8(truncatingIfNeeded: said)] }
        let container = try host.network.container()
        let request: JSON = isAsked ? [["option": "interface-mtu"]] : []
        let configuration = host.configuration(["request": request]).with(["cniVersion": .string(version)])
        let result = try host.network.attach(container, configuration)
        let routes = try #require(result["routes"]?.array)
        #expect(routes.count == 1 && routes[0]["mtu"]?.int == mtu, "\(result)")
        let route = try container.ip("route show default")
        #expect(
            route.contains("mtu") == (mtu != nil) && (mtu.map { route.contains("mtu \($0)") } ?? true),
            "\(route)")
        #expect(try container.ip("-o link show eth0").contains("mtu 1500"))
        let whole = configuration.with(["prevResult": result])
        #expect(try host.network.call(Bridge.self, .check, whole, for: container).status == 0)
    }

    @Test func `a second ADD of the same attachment is refused, and the first stays`() throws {
        let host = try LeasedHost()
        let container = try host.network.container()
        _ = try host.network.attach(container, host.configuration())
        let again = try host.network.call(DHCPPlugin.self, .add, host.configuration(), for: container)
        #expect(again.output?["code"]?.int == 112, "\(again)")
        #expect(try host.leases.count == 1)
    }
}

@Suite(.needsNamespaces, .needsKind("ipvlan"), .needsProgram(Executables.path("cni-plugins")))
struct DHCPOverIPVLANTests {
    @Test func `containers of one MAC address have a lease each if servers answer by broadcast`() throws {
        let host = try LeasedHost("-broadcast")
        try host.leaseTwo(over: IPVLANPlugin.self)
        for message in host.server.messages(.discover) { #expect(message.wantsBroadcast) }
    }
}

extension LeasedHost {
    /// Attaches two containers over a link of the host's that is on the server's bridge, has them renewed, and detaches them.
    fileprivate func leaseTwo<Called: Plugin>(over plugin: Called.Type) throws {
        server.behave { $0.options = [58, 4, 0, 0, 0, 2, 59, 4, 0, 0, 0, 20] }
        try network.ip("link add up0 type veth peer name port0")
        try network.ip("link set port0 master br0 up")
        try network.ip("link set up0 up")
        let whole = configuration().with(["type": .string(Called.name), "master": "up0", "bridge": nil])
        let containers = [try network.container(), try network.container()]
        var results: [JSON] = []
        for container in containers {
            let outcome = try network.call(plugin, .add, whole, for: container)
            results.append(try #require(outcome.status == 0 ? outcome.output : nil, "\(outcome)"))
        }
        #expect(results.map { address($0) } == ["10.7.0.50/24", "10.7.0.51/24"])
        let renewed = { (address: String) in
            self.server.messages(.request).contains { $0.clientAddress.description == address }
        }
        try wait(for: "renewals") { renewed("10.7.0.50") && renewed("10.7.0.51") }
        for (container, result) in zip(containers, results) {
            let known = whole.with(["prevResult": result])
            #expect(try network.call(plugin, .check, known, for: container).status == 0)
            #expect(try network.call(plugin, .delete, known, for: container).status == 0)
        }
        try wait(for: "the releases") { server.messages(.release).count == 2 }
        #expect(try leases == [])
    }
}
