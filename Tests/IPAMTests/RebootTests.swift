// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Glibc
import LinuxCore
import Testing

@testable import IPAM

@Suite("host-local: leases of a former boot")
struct RebootTests {
    let world: World
    let ipam: JSON = ["subnet": "10.1.2.0/29"]

    init() throws { world = try World() }

    private func plugin(boot: String) throws -> HostLocal { try world.plugin(ipam, boot: boot) }

    @Test func `the same container can be added again after a reboot`() throws {
        _ = try plugin(boot: "1").addresses("a")
        _ = try plugin(boot: "1").addresses("b")
        #expect(try plugin(boot: "2").addresses("a") == ["10.1.2.4"])
        #expect(world.leases() == ["10.1.2.4": "a\r\neth0"])
        #expect(world.indexErrors() == [])
    }

    @Test func `a pool full of a former boot's leases is free for STATUS`() throws {
        let before = try plugin(boot: "1")
        for container in ["a", "b", "c", "d", "e"] { _ = try before.addresses(container) }
        #expect(throws: CNIError.self) { try before.status() }
        try plugin(boot: "2").status()
        #expect(world.leases() == [:])
    }

    @Test func `what the reference plugin leased in this boot is never taken for a former one's`() throws {
        _ = try plugin(boot: "1").addresses("a")
        try world.write("10.1.2.3", "go\r\neth0")
        // The machine starts again; the reference plugin releases a's address, gives it to a again, and
        // then comes our first operation.
        try File.remove("\(world.network)/10.1.2.2")
        try world.write("10.1.2.4", "filler, for another inode")
        try world.write("10.1.2.2", "a\r\neth0")
        try plugin(boot: "2").delete(attachment("nobody"))
        #expect(world.leases()["10.1.2.2"] == "a\r\neth0")
        #expect(world.leases()["10.1.2.3"] == "go\r\neth0")
        // That we have seen them in one boot says nothing of who made them, and whether they are leases at all.
        try plugin(boot: "3").delete(attachment("nobody"))
        #expect(world.leases().count == 3)
        try plugin(boot: "3").collect(keeping: [])
        #expect(world.leases() == ["10.1.2.4": "filler, for another inode"])
    }

    @Test func `a lease keeps its boot through a rebuild of the index`() throws {
        _ = try plugin(boot: "1").addresses("a")
        try world.write("10.1.2.5", "go\r\neth0")
        try plugin(boot: "1").delete(attachment("nobody"))
        try File.remove("\(world.index)/stamp")
        try plugin(boot: "1").delete(attachment("nobody"))
        #expect(world.leases().count == 2)
        #expect(Set(world.indexRecords().map(\.boot)) == ["1", ""])
        try plugin(boot: "2").delete(attachment("nobody"))
        #expect(world.leases() == ["10.1.2.5": "go\r\neth0"])
    }

    @Test func `without the kernel's boot identifier nothing counts as former`() throws {
        _ = try plugin(boot: "1").addresses("a")
        _ = try plugin(boot: "").addresses("b")
        #expect(world.leases().count == 2)
        _ = try plugin(boot: "").addresses("c")
        #expect(world.indexErrors() == [])
        try plugin(boot: "2").delete(attachment("nobody"))
        #expect(world.leases() == ["10.1.2.3": "b\r\neth0", "10.1.2.4": "c\r\neth0"])
    }

    @Test func `the kernel's boot identifier is a UUID`() {
        let boot = BootSource.kernel.boot(ofLeasesIn: "/dev/shm")
        #expect(boot.identifier.utf8.count == 36)
        #expect(boot.identifier.split(separator: "-").count == 5)
    }

    @Test func `the kernel's start is that of its statistics`() throws {
        let statistics = String(decoding: try File.read("/proc/stat", limit: 1 << 24), as: UTF8.self)
        let line = try #require(statistics.split(separator: "\n").first { $0.hasPrefix("btime ") })
        let seconds = try #require(Int64(line.dropFirst(6)))
        let start = BootSource.kernel.boot(ofLeasesIn: "/dev/shm").start / 1_000_000_000
        #expect(abs(start - seconds) <= 1)
    }

    @Test(arguments: ["/proc", "/sys", "/nowhere"])
    func `where other machines might write, no boot is known`(folder: String) {
        #expect(BootSource.kernel.boot(ofLeasesIn: folder) == .unknown)
    }

    @Test func `a lease goes only if all that is known says that it is of a former boot`() throws {
        let address = try #require(IPAddress("10.1.2.2"))
        func isFormer(lease boot: String, _ modified: Int64, now: String, _ start: Int64) -> Bool {
            Boot(identifier: now, start: start).isLater(
                than: LeaseRecord(
                    owner: LeaseOwner(containerID: "a", interface: "eth0"), address: address, inode: 1,
                    modified: modified, boot: boot))
        }
        #expect(isFormer(lease: "1", 10, now: "2", 20))
        #expect(!isFormer(lease: "1", 10, now: "1", 20), "the same boot")
        #expect(
            !isFormer(lease: "1", 30, now: "2", 20), "another identifier, but made since this kernel started")
        #expect(!isFormer(lease: "", 10, now: "2", 20), "no record of ours")
        #expect(!isFormer(lease: "1", 10, now: "", 20), "this boot is not known")
    }

    @Test(arguments: ["reserved for the printer", "printer", "static-vm\r\neth0", "a\r\n", "\u{1}"])
    func `an operator's file stays through every boot, whatever its text`(text: String) throws {
        _ = try plugin(boot: "1").addresses("a")
        try world.write("10.1.2.5", text)
        for boot in ["1", "2", "1", "3", "", "4"] {
            let container = "c\(boot)"
            _ = try plugin(boot: boot).addresses(container)
            try plugin(boot: boot).delete(attachment(container))
            #expect(world.leases()["10.1.2.5"] == text)
        }
        #expect(world.leases() == ["10.1.2.5": text], "a's lease was ours")
    }

    @Test func `a lease that was taken over by another hand stays`() throws {
        _ = try plugin(boot: "1").addresses("a")
        // The same text in the same place, by an editor or the reference plugin.
        try File.replace("\(world.network)/10.1.2.2", Array("a\r\neth0".utf8), mode: 0o600)
        try plugin(boot: "2").delete(attachment("nobody"))
        #expect(world.leases() == ["10.1.2.2": "a\r\neth0"])
    }
}
