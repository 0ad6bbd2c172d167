// SPDX-License-Identifier: Apache-2.0

import Glibc
import Namespaces
import Netlink
import TestSupport
import Testing

/// What the kernel says to a caller without CAP_NET_ADMIN: nfnetlink says it once for all requests of one call.
@Suite("Without CAP_NET_ADMIN", .needsNamespaces)
struct PrivilegeTests {
    /// Runs `body` on a thread in a new namespace that has given CAP_NET_ADMIN up.
    private func withoutPrivilege<Value>(
        _ body: () throws(NetlinkError) -> Value
    ) throws -> Value {
        try NetworkNamespace.anonymous().run { () throws(NetlinkError) in
            Capabilities.dropNetAdmin()
            return try body()
        }
    }

    @Test func `queries sent together are all refused, and none is waited for`() throws {
        let table = NFTables.TableName(.inet, "t")
        let error = #expect(throws: NetlinkError.self) {
            try withoutPrivilege { () throws(NetlinkError) in
                try NFTablesSocket().get([.table(table), .chain(table, "c"), .set(table, "s")])
            }
        }
        // An answer that does not come would be EAGAIN.
        #expect(error?.errno == EPERM)
    }

    @Test(arguments: 1...40) func `every one of so many requests has the refusal`(count: Int) throws {
        let answers = try withoutPrivilege { () throws(NetlinkError) in
            let socket = try NetlinkSocket(protocol: 12)  // NETLINK_NETFILTER
            var batch = Batch()
            for number in 0..<count {
                batch.append("query \(number)", type: 10 << 8 | 1) { $0.header(UInt32(2)) }
            }
            return try socket.get(batch)
        }
        let errors = answers.map { answer -> NetlinkError? in
            if case .failure(let error) = answer { error } else { nil }
        }
        #expect(errors.map { $0?.errno } == [CInt?](repeating: EPERM, count: count))
        #expect(errors.map { $0?.operation } == (0..<count).map { "query \($0)" })
    }

    @Test func `a list is refused`() throws {
        let error = #expect(throws: NetlinkError.self) {
            try withoutPrivilege { () throws(NetlinkError) in try NFTablesSocket().tables() }
        }
        #expect(error?.errno == EPERM)
    }

    @Test func `a transaction is refused, and named as a whole`() throws {
        let table = NFTables.Table(NFTables.TableName(.inet, "t"))
        let error = #expect(throws: NetlinkError.self) {
            try withoutPrivilege { () throws(NetlinkError) in
                try NFTablesSocket().perform { batch in
                    batch.add(table)
                    batch.add(NFTables.Chain(table.name, "c"))
                }
            }
        }
        #expect(error?.errno == EPERM)
        #expect(error?.operation.hasPrefix("add table inet t; add chain inet t c") == true)
    }

    @Test func `rtnetlink refuses each request`() throws {
        let outcome = try withoutPrivilege { () throws(NetlinkError) in
            var batch = Batch()
            for name in ["a", "b", "c"] { batch.addLink(name, .bridge(Bridge())) }
            return try RoutingSocket().perform(batch)
        }
        #expect(outcome.map { $0?.errno } == [EPERM, EPERM, EPERM])
    }
}

/// The capabilities of a thread: capset(2).
enum Capabilities {
    private typealias Set = @convention(c) (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> CInt

    /// Gives CAP_NET_ADMIN up for the calling thread, which must be one made for the purpose.
    static func dropNetAdmin() {
        // Declared by libcap's headers only, but in glibc.
        guard let get = dlsym(nil, "capget"), let set = dlsym(nil, "capset") else {
            Issue.record("no capset(2)")
            return
        }
        // _LINUX_CAPABILITY_VERSION_3, for the calling thread.
        var header: [UInt32] = [0x2008_0522, 0]
        // Effective, permitted and inheritable, twice.
        var data = [UInt32](repeating: 0, count: 6)
        let code = unsafeBitCast(get, to: Set.self)(&header, &data)
        for index in 0..<3 { data[index] &= ~(1 << 12) }
        #expect(code == 0 && unsafeBitCast(set, to: Set.self)(&header, &data) == 0)
    }
}
