// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Glibc
import Logging
import NIOCore
import NodeAgentCore
import NodeAgentHTTP
import NodeAgentStatus
import NodeAgentTesting
import ServiceLifecycle
import Synchronization
import Testing

/// The pages over HTTP.
@Suite struct StatusServerTests {
    private let registry = MetricRegistry()

    private func pages(_ readiness: StatusPages.Report = StatusPages.Report()) -> StatusPages {
        var pages = StatusPages(metrics: registry) { readiness }
        pages.addJSON("/v1/pool") { ["free": 3] }
        return pages
    }

    /// Runs a server, and `body` with a client of it.
    private func withServer(
        _ pages: StatusPages, address: String = "127.0.0.1:0",
        _ body: (JSONClient) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let server = StatusServer(
            pages: pages, address: try #require(ListenAddress(address)), option: "--status-address",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, isListening: { port.yield($0) })
        let task = Task { try await server.run() }
        var iterator = ports.makeAsyncIterator()
        let number = try #require(await iterator.next())
        try await body(try JSONClient("http://127.0.0.1:\(number)"))
        task.cancel()
        _ = await task.result
    }

    @Test func `pages have their status and their text`() async throws {
        registry.gauge("a", help: "A.").set(1)
        try await withServer(pages(StatusPages.Report(notes: ["store: answered 3 s ago"]))) { client in
            #expect(try await client.request(.get, "/healthz?verbose").body.string == "ok\n")
            let ready = try await client.request(.get, "/readyz")
            #expect(ready.status == 200 && ready.body.string == "ok\nstore: answered 3 s ago\n")
            #expect(try await client.request(.get, "/metrics").body.string?.hasSuffix("\na 1\n") == true)
            #expect(try await client.request(.get, "/v1/pool").body == ["free": 3])
            let other = try await client.request(.get, "/")
            #expect(other.status == 404)
            #expect(other.body.string == "/healthz, /metrics, /readyz, /v1/pool\n")
            #expect(try await client.request(.post, "/healthz").status == 405)
        }
    }

    @Test func `an agent that is not ready says why, a line each`() async throws {
        try await withServer(pages(StatusPages.Report(problems: ["kernel: refused", "store: away"]))) {
            client in
            let answer = try await client.request(.get, "/readyz")
            #expect(answer.status == 503)
            #expect(answer.body.string == "kernel: refused\nstore: away\n")
        }
    }

    /// The message of a server that cannot listen.
    private func failure(_ address: String) async -> String {
        await withKnownServer(address).map { "\($0)" } ?? "listens"
    }

    private func withKnownServer(_ address: String) async -> (any Error)? {
        guard let place = ListenAddress(address) else { return AgentError(.malformed, "no address") }
        let server = StatusServer(
            pages: pages(), address: place, option: "--status-address",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            try await server.run()
            return nil
        } catch {
            return error
        }
    }

    @Test func `an address that cannot be listened at is a sentence that names the option`() async throws {
        try await withServer(pages()) { client in
            let port = client.base.split(separator: ":").last ?? ""
            let taken = await failure("127.0.0.1:\(port)")
            #expect(
                taken.hasPrefix(
                    "--status-address 127.0.0.1:\(port): cannot listen: another process listens there"))
        }
        #expect(
            await failure("192.0.2.77:8081")
                == "--status-address 192.0.2.77:8081: cannot listen: no interface of this node has the address 192.0.2.77"
        )
    }

    @Test(.enabled("needs a user other than root, who may not listen at port 1") { geteuid() != 0 })
    func `a port that is for root says so`() async {
        #expect(await failure("127.0.0.1:1").contains("CAP_NET_BIND_SERVICE"))
    }

    @Test func `permissions follow from the kernel's answer`() throws {
        let address = try #require(ListenAddress("[::]:80"))
        for (errno, reason) in [
            (EACCES, "not allowed: ports below 1024 are for root and for who has CAP_NET_BIND_SERVICE"),
            (EAFNOSUPPORT, "this kernel has no IPv6: set an IPv4 address"), (EMFILE, "Too many open files"),
        ] {
            let failure = address.failure(
                IOError(errnoCode: errno, reason: "bind"), option: "--status-address")
            #expect(failure.message == "--status-address [::]:80: cannot listen: \(reason)")
        }
    }

    @Test(arguments: [
        ("127.0.0.1:8081", "127.0.0.1:8081"), ("[::1]:1", "[::1]:1"), (":9", "[::]:9"), ("::1:9", "[::1]:9"),
    ])
    func `addresses are read`(text: String, description: String) {
        #expect(ListenAddress(text)?.description == description)
    }

    @Test(arguments: ["", "8081", "localhost:80", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "[::1"])
    func `what is no address is not`(text: String) { #expect(ListenAddress(text) == nil) }

    @Test func `a server ends by a graceful shutdown, with connections open`() async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = StatusServer(
            pages: pages(), address: try #require(ListenAddress("127.0.0.1:0")), option: "--status-address",
            logger: logger, isListening: { port.yield($0) })
        let group = ServiceGroup(services: [server], logger: logger)
        let task = Task { try await group.run() }
        var iterator = ports.makeAsyncIterator()
        let client = try JSONClient("http://127.0.0.1:\(try #require(await iterator.next()))")
        #expect(try await client.request(.get, "/healthz").isSuccess)
        await group.triggerGracefulShutdown()
        try await task.value
        await #expect(throws: AgentError.self) { try await client.request(.get, "/healthz") }
    }
}
