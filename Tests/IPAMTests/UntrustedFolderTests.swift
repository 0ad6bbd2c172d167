// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Glibc
import LinuxCore
import Testing

@testable import IPAM

@Suite("host-local: a data directory that others can write")
struct UntrustedFolderTests {
    let world: World
    /// A folder of root's beside the data directory, with a file that nobody has a say in.
    let precious: World

    init() throws {
        world = try World()
        precious = try World()
        try File.create("\(precious.directory)/victim", Array("precious".utf8), mode: 0o600)
    }

    private func isUntouched() throws -> Bool {
        try Directory.names(in: precious.directory) == ["victim"]
            && precious.text("\(precious.directory)/victim") == "precious"
    }

    /// ADD, DEL and GC work as if there were no index.
    private func requireService() throws {
        let plugin = try world.plugin()
        #expect(try plugin.addresses("a") == ["10.1.2.2"])
        #expect(try plugin.addresses("b") == ["10.1.2.3"])
        try plugin.check(attachment("a"), previous: nil)
        try plugin.delete(attachment("a"))
        #expect(world.leases() == ["10.1.2.3": "b\r\neth0"])
        try plugin.collect(keeping: [])
        #expect(world.leases() == [:])
        #expect(try isUntouched())
    }

    @Test func `an index that is a symbolic link is not followed`() throws {
        try Directory.create("\(world.directory)/.attachments")
        try #require(symlink(precious.directory, world.index) == 0)
        try requireService()
    }

    @Test func `a folder of indexes that is a symbolic link is not followed`() throws {
        try Directory.create("\(precious.directory)/net")
        try #require(symlink(precious.directory, "\(world.directory)/.attachments") == 0)
        try File.create("\(precious.directory)/net/victim", Array("precious".utf8), mode: 0o600)
        let plugin = try world.plugin()
        #expect(try plugin.addresses("a") == ["10.1.2.2"])
        try plugin.delete(attachment("a"))
        #expect(try Directory.names(in: "\(precious.directory)/net") == ["victim"])
    }

    @Test func `an index that others can write is neither believed nor written`() throws {
        try Directory.create(world.index)
        try #require(chmod(world.index, 0o777) == 0)
        try #require(symlink("\(precious.directory)/victim", "\(world.index)/.stamp.new") == 0)
        try requireService()
    }

    @Test func `a link by the name of a new file is replaced, not written through`() throws {
        let plugin = try world.plugin()
        _ = try plugin.addresses("a")
        for name in ["\(world.index)/.stamp.new", "\(world.network)/.last_reserved_ip.0.new"] {
            try #require(symlink("\(precious.directory)/victim", name) == 0)
        }
        _ = try plugin.addresses("b")
        #expect(try isUntouched())
        #expect(world.strays() == [])
    }

    @Test func `the leases' folder may be an operator's link, but nobody else's`() throws {
        let leases = "\(precious.directory)/leases"
        try Directory.create(leases)
        try #require(symlink(leases, world.network) == 0)
        try #require(chmod(world.directory, 0o777) == 0)
        let error = #expect(throws: CNIError.self) { try world.plugin().addresses("a") }
        #expect(error?.code == .ioFailure)
        #expect(try Directory.names(in: leases) == [])
        try #require(chmod(world.directory, 0o755) == 0)
        #expect(try world.plugin().addresses("a") == ["10.1.2.2"])
        #expect(try Directory.names(in: leases).contains("10.1.2.2"))
    }

    @Test(arguments: ["lock", "last_reserved_ip.0", "10.1.2.2", "index", "stamp"])
    func `a FIFO where a file of ours is expected keeps nobody waiting`(name: String) throws {
        let plugin = try world.plugin()
        _ = try plugin.addresses("x")
        try plugin.collect(keeping: [])
        _ = try plugin.addresses("a")
        let path =
            switch name {
            case "index": "\(world.index)/\(try #require(world.indexFiles().first))"
            case "stamp": "\(world.index)/stamp"
            default: "\(world.network)/\(name)"
            }
        unlink(path)
        try #require(mkfifo(path, 0o600) == 0)
        if name == "lock" {
            let error = #expect(throws: CNIError.self) { try plugin.delete(attachment("a")) }
            #expect(error?.message.contains("not a regular file") == true)
            return
        }
        try plugin.delete(attachment("a"))
        _ = try plugin.addresses("b")
        try plugin.status()
        try plugin.collect(keeping: [])
        #expect(world.leases().values.filter { $0 != "" } == [])
    }

    @Test func `a lease that was rewritten in place as of old is released`() throws {
        let plugin = try world.plugin()
        _ = try plugin.addresses("a")
        let lease = try OwnedFileDescriptor(opening: "\(world.network)/10.1.2.2", O_WRONLY | O_TRUNC)
        try File.write(Array("a".utf8), to: lease.rawValue, named: "lease")
        try plugin.delete(attachment("a"))
        #expect(world.leases() == [:])
    }

    @Test func `a resolvConf that is no file is one clear error`() throws {
        let path = "\(world.directory)/resolv.conf"
        try #require(mkfifo(path, 0o600) == 0)
        let plugin = try world.plugin(["subnet": "10.1.2.0/29", "resolvConf": .string(path)])
        let error = #expect(throws: CNIError.self) { try plugin.addresses("a") }
        #expect(error?.message.contains("not a regular file") == true)
        #expect(world.leases() == [:])
    }
}
