// SPDX-License-Identifier: Apache-2.0

import CNITypes
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
        // From now on we know in which boot we saw them.
        try plugin(boot: "3").delete(attachment("nobody"))
        #expect(world.leases() == [:])
    }

    @Test func `a lease keeps its boot through a rebuild of the index`() throws {
        _ = try plugin(boot: "1").addresses("a")
        try world.write("10.1.2.5", "go\r\neth0")
        try plugin(boot: "1").delete(attachment("nobody"))
        try File.remove("\(world.index)/stamp")
        try plugin(boot: "1").delete(attachment("nobody"))
        #expect(world.leases().count == 2)
        #expect(Set(world.indexRecords().map(\.boot)) == ["1"])
        try plugin(boot: "2").delete(attachment("nobody"))
        #expect(world.leases() == [:])
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
        #expect(BootIdentifier.kernel.text.utf8.count == 36)
        #expect(BootIdentifier.kernel.text.split(separator: "-").count == 5)
    }
}
