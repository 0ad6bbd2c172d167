// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc
import Namespaces
import Netlink
import Testing

@Suite(.needsNFTables)
struct NFTablesTransactionTests {
    let table = NFTables.TableName(.inet, "cni")

    @Test func `a table is read as it was added`() throws {
        let socket = try NFTablesSocket(in: NetworkNamespace.anonymous())
        let wanted = NFTables.Table(table, comment: "of the pods")
        #expect(try socket.table(table) == nil)
        try socket.perform { $0.add(wanted) }
        #expect(try socket.table(table) == wanted)
        try socket.perform { $0.delete(table) }
        #expect(try socket.table(table) == nil)
    }
}
