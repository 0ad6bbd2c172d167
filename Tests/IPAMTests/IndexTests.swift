// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import LinuxCore
import Testing

@testable import IPAM

@Suite("host-local: the index and the reference plugin's files")
struct IndexTests {
    let world: World

    init() throws { world = try World() }

    /// Whether an operation lists the folder of leases, which it does to rebuild the index.
    private func rebuilds(_ operation: () throws -> Void) rethrows -> Bool {
        try FaultInjection.operations(in: operation).operations.contains("list \(world.network)")
    }

    @Test func `operations among us never read all leases`() throws {
        let plugin = try world.plugin(["subnet": "10.1.2.0/24"])
        _ = try plugin.addresses("a")
        #expect(try !rebuilds { _ = try plugin.addresses("b") })
        #expect(try !rebuilds { try plugin.delete(attachment("b")) })
        #expect(try !rebuilds { try plugin.delete(attachment("b")) })
        #expect(try !rebuilds { try plugin.check(attachment("a"), previous: nil) })
        #expect(try !rebuilds { try plugin.status() })
        #expect(!rebuilds { _ = try? plugin.addresses("a") })
        #expect(try !rebuilds { _ = try plugin.addresses("c") })
    }

    @Test func `leases that others make or remove are detected, once`() throws {
        let plugin = try world.plugin(["subnet": "10.1.2.0/24"])
        _ = try plugin.addresses("a")
        try world.write("10.1.2.3", "go\r\neth0")
        try world.write("10.1.2.4", "legacy")
        #expect(try rebuilds { _ = try plugin.addresses("b") })
        #expect(world.leases()["10.1.2.5"] == "b\r\neth0")
        #expect(try !rebuilds { try plugin.delete(attachment("go")) })
        #expect(try !rebuilds { try plugin.delete(attachment("legacy", "net7")) })
        try File.remove("\(world.network)/10.1.2.2")
        #expect(try rebuilds { _ = try plugin.addresses("a") })
        #expect(world.leases() == ["10.1.2.5": "b\r\neth0", "10.1.2.6": "a\r\neth0"])
        #expect(world.indexErrors() == [])
    }

    @Test func `a lease without interface is its container's, unless there is one with`() throws {
        let plugin = try world.plugin(["subnet": "10.1.2.0/24"])
        try world.write("10.1.2.50", "a")
        try plugin.check(attachment("a"), previous: nil)
        let error = #expect(throws: CNIError.self) { try plugin.addresses("a", "eth1") }
        #expect(error?.message.contains("10.1.2.50 has been allocated to a") == true)
        try world.write("10.1.2.51", "a\r\neth1")
        try plugin.delete(attachment("a", "eth1"))
        #expect(world.leases() == ["10.1.2.50": "a"])
        try plugin.delete(attachment("a", "eth1"))
        #expect(world.leases() == [:])
    }

    @Test(arguments: ["", "\n", "\u{0}\u{0}\u{0}\u{0}"])
    func `a file that a dying plugin left without an owner is free again`(content: String) throws {
        let plugin = try world.plugin(["subnet": "10.1.2.0/30"])
        try world.write("10.1.2.2", content)
        #expect(try plugin.addresses("a") == ["10.1.2.2"])
        try plugin.delete(attachment("a"))
        // Also where our index was up to date before, and where STATUS finds it.
        try world.write("10.1.2.2", content)
        try plugin.status()
        #expect(try plugin.addresses("b") == ["10.1.2.2"])
    }

    @Test func `a lease that is no file of ours is taken, and stays`() throws {
        let plugin = try world.plugin(["subnet": "10.1.2.0/29"])
        try Directory.create("\(world.network)/10.1.2.2")
        try world.write("10.1.2.3", String(repeating: "x", count: 5000))
        try world.write("10.1.2.4", "not a container")
        #expect(try plugin.addresses("a") == ["10.1.2.5"])
        try plugin.collect(keeping: [])
        #expect(try Directory.names(in: world.network).filter { $0.hasPrefix("10.") }.count == 3)
    }

    @Test(arguments: ["/nowhere", "10.1.2.2"])
    func `a symbolic link that leads nowhere takes its address, and keeps nobody from anything`(
        target: String
    ) throws {
        let plugin = try world.plugin(["subnet": "10.1.2.0/29"])
        try Directory.create(world.network)
        try #require(symlink(target, "\(world.network)/10.1.2.2") == 0)
        #expect(try plugin.addresses("a") == ["10.1.2.3"])
        try plugin.delete(attachment("a"))
        try plugin.collect(keeping: [])
        try plugin.status()
        #expect(try Directory.names(in: world.network).filter { $0.hasPrefix("10.") } == ["10.1.2.2"])
    }

    @Test func `names that are not an address's own text are nobody's lease`() throws {
        let plugin = try world.plugin(["subnet": "fd00::/125"])
        try world.write("FD00::2", "a\r\neth0")
        try world.write("fd00:0::3", "a\r\neth0")
        try world.write("README", "a\r\neth0")
        #expect(try plugin.addresses("a") == ["fd00::2"])
        try plugin.delete(attachment("a"))
        #expect(world.strays() == ["README"])
    }

    @Test(arguments: ["", "garbage", "10.1.2.2 1 2 b\n", "10.1.2.2 1 2 %zz a eth0\n", "\u{0}"])
    func `a damaged index is made anew`(content: String) throws {
        let plugin = try world.plugin(["subnet": "10.1.2.0/24"])
        _ = try plugin.addresses("a")
        _ = try plugin.addresses("b")
        for name in world.indexFiles() {
            try File.replace("\(world.index)/\(name)", Array(content.utf8), mode: 0o600)
        }
        try plugin.delete(attachment("a"))
        #expect(world.leases() == ["10.1.2.3": "b\r\neth0"])
        #expect(world.indexErrors() == [])
    }

    @Test(arguments: ["", "x", "1 2 3\n", "99999999999999999999 boot-1\n", "0 boot-1"])
    func `a damaged stamp means to rebuild`(content: String) throws {
        let plugin = try world.plugin(["subnet": "10.1.2.0/24"])
        _ = try plugin.addresses("a")
        try File.replace("\(world.index)/stamp", Array(content.utf8), mode: 0o600)
        #expect(try rebuilds { try plugin.delete(attachment("a")) })
        #expect(world.leases() == [:] && world.indexFiles() == [])
    }

    @Test func `everything works without an index, which cannot be where a file is`() throws {
        try File.create("\(world.directory)/.attachments", [], mode: 0o600)
        let plugin = try world.plugin()
        #expect(try plugin.addresses("a") == ["10.1.2.2"])
        #expect(try plugin.addresses("b") == ["10.1.2.3"])
        try plugin.delete(attachment("a"))
        #expect(world.leases() == ["10.1.2.3": "b\r\neth0"])
        try plugin.collect(keeping: [])
        #expect(world.leases() == [:])
    }

    @Test func `what the index says is compared with the lease before it is removed`() throws {
        let plugin = try world.plugin(["subnet": "10.1.2.0/24"])
        _ = try plugin.addresses("a")
        _ = try plugin.addresses("b")
        // The stamp fits, but the record of a names b's address: an index that somebody edited.
        let index = try #require(try AttachmentIndex(dataDirectory: world.directory, network: "net").open())
        let a = LeaseOwner(try attachment("a"))
        var record = try #require(try index.records(beside: a).first)
        record.address = try #require(IPAddress("10.1.2.3"))
        try index.write([record], beside: a)
        #expect(throws: CNIError.self) { try plugin.check(attachment("a"), previous: nil) }
        try plugin.delete(attachment("a"))
        #expect(world.leases()["10.1.2.3"] == "b\r\neth0")
    }

    @Test func `two owners in one index file do not disturb each other`() throws {
        let plugin = try world.plugin(["subnet": "10.1.2.0/24"])
        _ = try plugin.addresses("a")
        _ = try plugin.addresses("b")
        // As if the hashes of the two collided: both records in a's file, and the stamp still fits.
        let index = try #require(try AttachmentIndex(dataDirectory: world.directory, network: "net").open())
        let a = LeaseOwner(try attachment("a"))
        let b = LeaseOwner(try attachment("b"))
        try index.write(index.records(beside: a) + index.records(beside: b), beside: a)
        try index.write([], beside: b)
        #expect(try !rebuilds { try plugin.delete(attachment("a")) })
        #expect(try index.records(beside: a).map(\.owner) == [b])
        #expect(world.leases() == ["10.1.2.3": "b\r\neth0"])
        #expect(try !rebuilds { _ = try plugin.addresses("a") })
        #expect(Set(try index.records(beside: a).map(\.owner)) == [a, b])
    }

    @Test func `identifiers of any length are no paths`() throws {
        let plugin = try world.plugin()
        let long = String(repeating: "a.._", count: 200)
        _ = try plugin.addresses(long, "..eth0")
        try world.write("10.1.2.5", "../../../../tmp/x\r\n../../y")
        try plugin.delete(attachment("nobody"))
        #expect(world.strays() == [] && world.indexFiles().count == 2)
        try plugin.delete(attachment(long, "..eth0"))
        #expect(world.leases().count == 1)
    }

    @Test(arguments: ["10.1.2.5", "", "garbage", "999.1.1.1", "10.9.9.9", "10.1.2.5\n"])
    func `the round robin's memory may be anything`(content: String) throws {
        try world.write("last_reserved_ip.0", content)
        let expected = content.hasPrefix("10.1.2.5") ? "10.1.2.6" : "10.1.2.2"
        #expect(try world.plugin().addresses("a") == [expected])
    }

    @Test(arguments: 0..<100)
    func `a record's line parses to the record`(stream: Int) throws {
        var random = Seeded(stream)
        func text() -> String {
            let alphabet = Array("ab%% \n\r\té/.\u{0}")
            return String(
                (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? "x"
                })
        }
        let record = LeaseRecord(
            owner: LeaseOwner(containerID: text(), interface: Bool.random(using: &random) ? text() : nil),
            address: IPAddress(.v6, bits: UInt128.random(in: 0...UInt128.max, using: &random)),
            inode: random.next(), modified: Int64.random(in: Int64.min...Int64.max, using: &random),
            boot: text())
        #expect(LeaseRecord(line: record.line.utf8) == record, "TEST_SEED=\(Seeded.seed)")
        #expect(!record.line.utf8.contains(UInt8(ascii: "\n")))
    }
}
