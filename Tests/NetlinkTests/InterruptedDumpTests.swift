// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Namespaces
import Netlink
import Synchronization
import TestSupport
import Testing

/// Dumps of a table that changes all the time: the kernel marks what it answers (NLM_F_DUMP_INTR).
@Suite(.needsNetworkNamespaces)
struct InterruptedDumpTests {
    @Test func `a dump that a change has interrupted is asked for again until it holds`() throws {
        let container = try TestContainer(id: "busy", pathAfterwards: "/none")
        let socket = try RoutingSocket(in: container.namespace())
        // So many that the kernel needs many datagrams for one answer, between which things change.
        let names = Set((0..<200).map { "link\($0)" })
        try socket.perform { batch in
            for name in names.sorted() { batch.addLink(name, .bridge(Bridge())) }
        }
        let isOver = Mutex(false)
        let changes = Mutex(0)
        let thread = BlockingThread {
            guard let other = try? RoutingSocket(in: container.namespace()) else { return }
            while !isOver.withLock({ $0 }) {
                try? other.perform { $0.addLink("passing", .bridge(Bridge())) }
                try? other.perform { $0.deleteLink(.name("passing")) }
                changes.withLock { $0 += 1 }
            }
        }
        defer {
            isOver.withLock { $0 = true }
            thread.join()
        }
        try wait(for: "the other one to change things") { changes.withLock { $0 > 0 } }
        var asked = 0
        var answered = 0
        try wait(for: "a change in the middle of ten dumps") {
            let (operations, links) = try FaultInjection.operations { try socket.links() }
            #expect(Set(links.map(\.name)).isSuperset(of: names))
            asked += operations.count { $0 == "link show" }
            answered += 1
            return asked >= answered + 10
        }
    }
}
