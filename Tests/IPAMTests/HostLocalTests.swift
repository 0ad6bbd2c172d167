// SPDX-License-Identifier: Apache-2.0

import CNITypes
import LinuxCore
import Testing

@testable import IPAM

@Suite("host-local: the verbs")
struct HostLocalTests {
    let world: World

    init() throws { world = try World() }

    @Test func `ADD gives an address of each range set, with the gateway and the routes`() throws {
        let plugin = try world.plugin([
            "ranges": [[["subnet": "10.1.2.0/24"]], [["subnet": "fd00:1::/64", "gateway": "fd00:1::ff"]]],
            "routes": [["dst": "0.0.0.0/0"], ["dst": "fd00::/8", "gw": "fd00:1::9"]],
        ])
        let result = try plugin.add(attachment("a"))
        #expect(result.ips.map { "\($0.address)" } == ["10.1.2.2/24", "fd00:1::1/64"])
        #expect(result.ips.map { $0.gateway?.description } == ["10.1.2.1", "fd00:1::ff"])
        #expect(result.routes.map { "\($0.destination)" } == ["0.0.0.0/0", "fd00::/8"])
        #expect(result.routes.map { $0.gateway?.description } == [nil, "fd00:1::9"])
        #expect(result.interfaces.isEmpty && result.dns.isEmpty)
    }

    @Test func `the files are the reference plugin's, byte by byte`() throws {
        _ = try world.plugin(["ranges": [[["subnet": "10.1.2.0/24"]], [["subnet": "FD00:1:0::/64"]]]])
            .addresses("a")
        #expect(world.leases() == ["10.1.2.2": "a\r\neth0", "fd00:1::2": "a\r\neth0"])
        #expect(world.text("\(world.network)/last_reserved_ip.0") == "10.1.2.2")
        #expect(world.text("\(world.network)/last_reserved_ip.1") == "fd00:1::2")
        let names = try Directory.names(in: world.network)
        #expect(names == ["10.1.2.2", "fd00:1::2", "last_reserved_ip.0", "last_reserved_ip.1", "lock"])
        #expect(try FileStatus(of: "\(world.network)/10.1.2.2").mode & 0o777 == 0o600)
        #expect(try FileStatus(of: world.network).mode & 0o777 == 0o755)
    }

    @Test func `DEL releases the attachment's leases alone, and leaves nothing of it`() throws {
        let plugin = try world.plugin()
        _ = try plugin.addresses("a")
        _ = try plugin.addresses("a", "eth1")
        _ = try plugin.addresses("b")
        try plugin.delete(attachment("a"))
        #expect(world.leases() == ["10.1.2.3": "a\r\neth1", "10.1.2.4": "b\r\neth0"])
        try plugin.delete(attachment("a", "eth1"))
        try plugin.delete(attachment("b"))
        #expect(world.leases().isEmpty && world.indexFiles().isEmpty && world.strays().isEmpty)
    }

    @Test func `DEL succeeds again and again, and where there never was anything`() throws {
        let plugin = try world.plugin()
        try plugin.delete(attachment("a"))
        #expect(try Directory.names(in: world.directory).isEmpty)
        _ = try plugin.addresses("a")
        try plugin.delete(attachment("a"))
        try plugin.delete(attachment("a"))
        try plugin.delete(attachment("b"))
        #expect(world.leases().isEmpty)
    }

    @Test(
        arguments: [
            ["ranges": "nonsense"], ["subnet": "10.1.2.0/99"], ["routes": 7], [:],
            ["subnet": "192.168.0.0/24"],
        ] as [JSON])
    func `DEL and GC need nothing but the name and dataDir`(ipam: JSON) throws {
        let plugin = try world.plugin()
        _ = try plugin.addresses("a")
        _ = try plugin.addresses("b")
        _ = try plugin.addresses("c")
        let broken = try world.plugin(ipam, args: "x=y")
        try broken.delete(attachment("a"))
        #expect(world.leases().count == 2)
        try broken.collect(keeping: [AttachmentReference(containerID: "b", ifname: "eth0")])
        #expect(world.leases() == ["10.1.2.3": "b\r\neth0"])
    }

    @Test func `DEL cleans the index up when somebody removed the folder of leases`() throws {
        let plugin = try world.plugin()
        _ = try plugin.addresses("a")
        World.removeTree(world.network)
        try plugin.delete(attachment("a"))
        #expect(world.indexFiles().isEmpty)
    }

    @Test func `a second ADD of the same attachment is refused in the reference's words`() throws {
        let plugin = try world.plugin()
        _ = try plugin.addresses("a")
        let error = #expect(throws: CNIError.self) { try plugin.addresses("a") }
        #expect(error?.code == .duplicateAllocation)
        #expect(
            error?.message == "failed to allocate for range 0: 10.1.2.2 has been allocated to a, "
                + "duplicate allocation is not allowed")
        #expect(try plugin.addresses("a", "eth1") == ["10.1.2.3"])
    }

    @Test func `a full pool is an error that changes nothing, and STATUS says so`() throws {
        let plugin = try world.plugin([
            "ranges": [[["subnet": "fd00::/64"]], [["subnet": "10.1.2.0/29", "rangeEnd": "10.1.2.3"]]]
        ])
        _ = try plugin.addresses("a")
        try plugin.status()
        _ = try plugin.addresses("b")
        let before = world.leases()
        let error = #expect(throws: CNIError.self) { try plugin.addresses("c") }
        #expect(error?.code == .addressesExhausted)
        #expect(
            error?.message == "failed to allocate for range 1: "
                + "no IP addresses available in range set: 10.1.2.1-10.1.2.3")
        #expect(world.leases() == before)
        let status = #expect(throws: CNIError.self) { try plugin.status() }
        #expect(status?.code == .pluginNotAvailable)
        #expect(status?.message == "no IP addresses available in range set: 10.1.2.1-10.1.2.3")
        #expect(status?.details == "no address is free in range set 1")
        try plugin.delete(attachment("a"))
        try plugin.status()
        #expect(try plugin.addresses("c") == ["fd00::4", "10.1.2.2"])
    }

    @Test func `CHECK finds the addresses of the previous result, or any`() throws {
        let plugin = try world.plugin()
        let result = try plugin.add(attachment("a"))
        try plugin.check(attachment("a"), previous: result)
        try plugin.check(attachment("a"), previous: nil)
        var other = result
        other.ips[0].address = try #require(IPPrefix("10.1.2.3/29"))
        let error = #expect(throws: CNIError.self) { try plugin.check(attachment("a"), previous: other) }
        #expect(error?.code == .addressMissing)
        #expect(error?.message == "host-local: Failed to find address added by container a")
        #expect(error?.details == "10.1.2.3 is not leased")
        #expect(throws: CNIError.self) { try plugin.check(attachment("b"), previous: result) }
        #expect(throws: CNIError.self) { try plugin.check(attachment("a", "eth1"), previous: nil) }
        // An address of nobody's range says nothing about the lease.
        other.ips[0].address = try #require(IPPrefix("192.168.0.3/29"))
        try plugin.check(attachment("a"), previous: other)
        try plugin.delete(attachment("a"))
        #expect(throws: CNIError.self) { try plugin.check(attachment("a"), previous: result) }
        #expect(throws: CNIError.self) { try plugin.check(attachment("a"), previous: nil) }
    }

    @Test func `GC releases what is not listed, and knows leases without interface`() throws {
        let plugin = try world.plugin(["subnet": "10.1.2.0/24"])
        for container in ["a", "b", "c"] { _ = try plugin.addresses(container) }
        _ = try plugin.addresses("a", "eth1")
        try world.write("10.1.2.100", "old")
        try world.write("10.1.2.101", "older")
        try world.write("10.1.2.102", "kept for the printer")
        try world.write("10.1.2.103", "")
        try plugin.collect(keeping: [
            AttachmentReference(containerID: "a", ifname: "eth1"),
            AttachmentReference(containerID: "c", ifname: "eth0"),
            AttachmentReference(containerID: "old", ifname: "eth9"),
            AttachmentReference(containerID: "../../etc", ifname: "passwd"),
        ])
        #expect(
            world.leases() == [
                "10.1.2.4": "c\r\neth0", "10.1.2.5": "a\r\neth1", "10.1.2.100": "old",
                "10.1.2.102": "kept for the printer",
            ])
        #expect(world.indexErrors().isEmpty && world.strays().isEmpty)
        try plugin.collect(keeping: [])
        #expect(world.leases() == ["10.1.2.102": "kept for the printer"])
    }

    @Test func `resolvConf is read at ADD`() throws {
        let path = "\(world.directory)/resolv.conf"
        let plugin = try world.plugin(["subnet": "10.1.2.0/29", "resolvConf": .string(path)])
        let error = #expect(throws: CNIError.self) { try plugin.add(attachment("a")) }
        #expect(error?.code == .ioFailure)
        #expect(error?.message.hasPrefix("ipam.resolvConf: open \(path): ") == true)
        #expect(world.leases().isEmpty)
        let text = """
            # comment
            ; another one
            domain example.org
            \t nameserver 10.0.0.53\u{20}
            nameserver\tfd00::53 trailing
            search a.example b.example
            search c.example
            options ndots:5 rotate
            nameserver
            sortlist 10.0.0.0
            """
        try File.create(path, Array(text.utf8), mode: 0o600)
        #expect(
            try plugin.add(attachment("a")).dns
                == DNS(
                    nameservers: ["10.0.0.53", "fd00::53"], domain: "example.org",
                    search: ["a.example", "b.example", "c.example"], options: ["ndots:5", "rotate"]))
    }

    @Test(arguments: [1, 64, 255, 256, 4000, 4090, 4091, 70_000])
    func `an identifier of any length is released or refused`(length: Int) throws {
        let plugin = try world.plugin()
        let id = String(repeating: "c", count: length)
        // 4096 bytes are read of a lease, of which six are the line break and the interface.
        guard length <= 4090 else {
            let error = #expect(throws: CNIError.self) { try plugin.addresses(id) }
            #expect(error?.code == .invalidEnvironment && error?.message.contains("too long") == true)
            #expect(throws: CNIError.self) { try plugin.preview(attachment(id)) }
            try plugin.delete(attachment(id))
            #expect(world.leases().isEmpty)
            return
        }
        #expect(try plugin.addresses(id) == ["10.1.2.2"])
        try plugin.delete(attachment(id))
        #expect(world.leases().isEmpty)
        #expect(try plugin.addresses(id) == ["10.1.2.3"])
        try plugin.collect(keeping: [])
        #expect(world.leases().isEmpty)
    }

    @Test func `networks in one data directory do not touch each other`() throws {
        let (one, two) = (try world.plugin(), try world.plugin(name: "net2"))
        #expect(try one.addresses("a") == ["10.1.2.2"])
        #expect(try two.addresses("a") == ["10.1.2.2"])
        try two.delete(attachment("a"))
        #expect(world.leases() == ["10.1.2.2": "a\r\neth0"])
    }
}
