// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxCore
import Namespaces
import Netlink
import TestSupport
import Testing

@Suite("Network namespaces", .needsNetworkNamespaces)
struct NamespaceTests {
    @Test func `a closure runs in the namespace and its caller stays where it is`() throws {
        let own = try NetworkNamespace.current().identity
        let other = try NetworkNamespace.anonymous()
        let inside = try other.run { () throws(NamespaceError) in try NetworkNamespace.current().identity }
        let identity = try other.identity
        #expect(inside == identity)
        #expect(inside != own)
        #expect(try NetworkNamespace.current().identity == own)
    }

    @Test func `what a closure throws comes out`() throws {
        struct Refusal: NamespaceFailure, Equatable {
            init() {}
            init(_ error: NamespaceError) {}
        }
        let namespace = try NetworkNamespace.anonymous()
        #expect(throws: Refusal()) { try namespace.run { () throws(Refusal) in throw Refusal() } }
    }

    @Test func `a socket stays in the namespace where it was opened`() throws {
        let socket = try RoutingSocket(in: .anonymous())
        try socket.perform { $0.addLink("only-there", .bridge(Bridge())) }
        #expect(try socket.link(.name("only-there")) != nil)
        #expect(try RoutingSocket().link(.name("only-there")) == nil)
    }

    @Test func `a path where nothing is means that the namespace is gone`() {
        #expect(throws: NamespaceError.gone(path: "/run/netns/no-such-namespace")) {
            _ = try NetworkNamespace(path: "/run/netns/no-such-namespace")
        }
        #expect(throws: NamespaceError.gone(path: "/proc/4194305/ns/net")) {
            _ = try NetworkNamespace(path: "/proc/4194305/ns/net")
        }
    }

    @Test(arguments: ["/etc/passwd", "/proc/self/ns/mnt", "/dev/null", "/"])
    func `another kind of file is no network namespace`(path: String) {
        #expect(throws: NamespaceError.notANamespace(path: path)) { _ = try NetworkNamespace(path: path) }
    }

    @Test func `a refused operation is refused inside the namespace too`() throws {
        struct Gate: OperationGate {
            func admit(_ operation: String) -> CInt? { operation == "open netlink socket" ? EIO : nil }
        }
        let namespace = try NetworkNamespace.anonymous()
        Operations.withGate(Gate()) {
            let error = #expect(throws: NetlinkError.self) { _ = try RoutingSocket(in: namespace) }
            #expect(error?.errno == EIO)
        }
    }

    @Test func `a hundred namespaces leave no descriptor open`() throws {
        func count() throws -> Int {
            try Directory.names(in: "/proc/self/fd").count {
                var target = [CChar](repeating: 0, count: 64)
                return readlink("/proc/self/fd/\($0)", &target, 63) > 0
                    && String(
                        decoding: target.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self
                    )
                    .hasPrefix("net:")
            }
        }
        // Other tests run beside this one, and open some of their own meanwhile, but not every time.
        for isLast in [Bool](repeating: false, count: 20) + [true] {
            let before = try count()
            for _ in 0..<100 { _ = try NetworkNamespace.anonymous().identity }
            let after = try count()
            if after < before + 50 { return }
            #expect(!isLast, "\(before) before, \(after) afterwards")
        }
    }
}
