// SPDX-License-Identifier: Apache-2.0

import CNITesting
import LinuxCore
import Namespaces
import Netlink
import TestSupport
import Testing

@testable import NetworkState

/// Where records are: below /run, in a folder for each network namespace.
@Suite(.needsNetworkNamespaces)
struct RecordFolderTests {
    private let folder: TemporaryFolder
    private let record: AttachmentRecord

    init() throws {
        folder = try TemporaryFolder()
        let setting = Object.sysctl(Sysctl("net/ipv4/conf/eth1/rp_filter", "1"))
        record = AttachmentRecord(
            owner: "net/c/eth0", plugin: "tuning", steps: [Change(.modify(setting, from: setting), in: .host)]
        )
    }

    @Test func `a namespace that gets the number of one that is gone does not get its records`() throws {
        let host = try TestContainer(id: "host", pathAfterwards: "/none")
        let inode = try host.namespace().identity.inode
        // The kernel gives the inode of a namespace that is gone to the next one, but a cookie only once in a boot.
        for (cookie, later) in [(7, 8), (nil, 7)] as [(UInt64?, UInt64)] {
            try host.run {
                let old = try RecordFolder(in: folder.path, cookie: cookie)
                #expect(old.path == folder.path + "/\(inode)" + (cookie.map { "-\($0)" } ?? ""))
                try old.write(record)
                #expect(try old.record(of: record.owner, by: "tuning")?.steps.count == 1)
                let new = try RecordFolder(in: folder.path, cookie: later)
                #expect(try new.record(of: record.owner, by: "tuning") == nil)
                #expect(try new.all().isEmpty)
                try old.remove(record.owner, by: "tuning")
                #expect(try old.all().isEmpty)
            }
        }
    }

    @Test func `two namespaces at the same time have records of their own`() throws {
        let namespaces = try (0..<2).map { _ in try TestContainer(id: "host", pathAfterwards: "/none") }
        let paths = try namespaces.map { host in
            let cookie = try RoutingSocket(in: host.namespace()).namespaceCookie
            return try host.run { try RecordFolder(in: folder.path, cookie: cookie).path }
        }
        #expect(paths[0] != paths[1])
    }
}
