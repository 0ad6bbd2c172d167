// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import LinuxCore
import Namespaces
import Netlink
import TestSupport
import Testing

@testable import Topology

@Suite("Whether a container's namespace exists", .needsNamespaces)
struct NamespaceSearchTests {
    private func trace(
        _ container: String, at path: String?, _ result: CNIResult? = nil
    ) throws -> AttachmentTrace {
        let attachment = Attachment(
            network: try NetworkName("pods"), containerID: try ContainerID(container),
            interface: try InterfaceName("eth0"))
        return AttachmentTrace(attachment, namespacePath: path, result: result)
    }

    /// What a search from the host finds.
    private func standing(_ world: World, _ trace: AttachmentTrace) throws -> NamespaceStanding {
        try world.network.run { NamespaceSearch().standing(of: trace) }
    }

    /// The host's end of an attachment.
    private func hostEnd(_ world: World, of container: String) throws -> Netlink.Link {
        let links = try RoutingSocket(in: world.network.host).links()
        return try #require(links.first { $0.attributes.alias == "pods/\(container)/eth0" })
    }

    @Test func `at its path it exists`() throws {
        var world = try World()
        let container = try world.attach("one")
        #expect(try standing(world, trace("one", at: container.path)) == .exists)
    }

    @Test(arguments: ["absent", "file", "folder", "none"])
    func `a link of the attachment with its other end elsewhere proves it, whatever is at the path`(
        what: String
    ) throws {
        var world = try World()
        try world.attach("one")
        let folder = try TemporaryFolder()
        var path: String? = "\(folder.path)/one"
        switch what {
        case "file": try File.create("\(folder.path)/one", [], mode: 0o600)
        case "folder": try Directory.create("\(folder.path)/one")
        case "none": path = nil
        default: break
        }
        let found = try standing(world, trace("one", at: path))
        guard case .hidden(let reason) = found else {
            Issue.record("\(found)")
            return
        }
        #expect(reason.hasSuffix("; the container's interface exists"), "\(reason)")
    }

    @Test func `so does a link without a mark, by the MAC address in the result`() throws {
        var world = try World()
        try world.attach("one")
        let end = try hostEnd(world, of: "one")
        try RoutingSocket(in: world.network.host).perform {
            $0.setLink(.index(end.index), LinkAttributes(alias: "somebody's"))
        }
        let mac = try #require(end.attributes.mac).description
        let result = CNIResult(interfaces: [.init(name: "whatever", mac: mac)])
        let found = try standing(world, trace("one", at: "/nowhere/one", result))
        #expect(found == .hidden("the path is not visible from here; the container's interface exists"))
        let other = CNIResult(interfaces: [.init(name: end.name, mac: "02:00:00:00:00:77")])
        #expect(try standing(world, trace("one", at: "/nowhere/one", other)) != found)
    }

    @Test func `a pair that has both ends on the host proves nothing`() throws {
        let world = try World()
        try RoutingSocket(in: world.network.host).perform {
            $0.addLink("veth1", .veth(Veth(peer: Veth.Peer(name: "veth2"))), LinkAttributes())
            $0.setLink(.name("veth1"), LinkAttributes(alias: "pods/one/eth0"))
        }
        #expect(try !hostEnd(world, of: "one").provesNamespace)
    }

    @Test(.needsAllProcesses)
    func `it is gone when the kernel has taken the link, and no process has a part in it`() throws {
        var world = try World()
        let container = try world.attach("one")
        container.close()
        let trace = try trace("one", at: container.path)
        try wait(for: "the namespace to end") { try standing(world, trace) == .gone }
    }

    @Test func `it is gone when others of its links are still there, whatever processes there are`() throws {
        var world = try World()
        try world.attach("stays")
        let bridge = try #require(try RoutingSocket(in: world.network.host).link(.name("cni0")))
        let mac = try #require(bridge.attributes.mac).description
        let gone = CNIResult.Interface(name: "veth7", mac: "02:00:00:00:00:77")
        let result = CNIResult(interfaces: [.init(name: "cni0", mac: mac), gone])
        #expect(try standing(world, trace("one", at: "/nowhere/one", result)) == .gone)
    }

    @Test func `without a path nothing is known`() throws {
        let world = try World()
        #expect(try standing(world, trace("one", at: nil)) == .unknown("no path is known"))
    }

    @Test func `a process in a namespace with the interface proves it, by MAC address or by IP address`()
        throws
    {
        let world = try World()
        let container = try world.network.container("one")
        let prefix = try #require(IPPrefix("10.9.8.7/24"))
        let routing = try RoutingSocket(in: container.namespace())
        try routing.perform { $0.addLink("eth0", .bridge(Bridge()), LinkAttributes()) }
        let link = try #require(try routing.link(.name("eth0")))
        try routing.perform { $0.address(.add, InterfaceAddress(prefix), on: link.index) }
        var process: Sleeper? = try container.run { try Sleeper() }
        let number = try #require(process).pid
        container.close()
        let byMAC = CNIResult(interfaces: [
            .init(name: "eth0", mac: link.attributes.mac?.description, sandbox: "/nowhere")
        ])
        let byAddress = CNIResult(ips: [.init(address: prefix)])
        for result in [byMAC, byAddress] {
            let found = try standing(world, trace("one", at: "/nowhere/one", result))
            guard case .hidden(let reason) = found else {
                Issue.record("\(found)")
                continue
            }
            #expect(reason.contains("process \(number) (sleep) is in it"), "\(reason)")
        }
        process = nil
        for result in [byMAC, byAddress] {
            let found = try standing(world, trace("one", at: "/nowhere/one", result))
            if case .hidden(let reason) = found { Issue.record("\(reason)") }
        }
    }
}
