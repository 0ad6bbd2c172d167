// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Synchronization
import TestSupport
import Testing

@Suite(.needsNamespaces)
struct ConcurrencyTests {
    /// Does `body` for each container, all at once, on threads of their own; returns the outcomes.
    private func atOnce(
        _ containers: [TestContainer], _ body: @escaping @Sendable (TestContainer) throws -> Outcome
    ) async throws -> [Outcome] {
        // Each call blocks on a thread inside the host's namespace; the pool's own threads would be two.
        let outcomes = Mutex<[Outcome]>([])
        let threads = containers.map { container in
            BlockingThread {
                let outcome =
                    (try? body(container)) ?? .failure(CNIError(.internalError, "threw"), version: .current)
                outcomes.withLock { $0.append(outcome) }
            }
        }
        for thread in threads { thread.join() }
        return outcomes.withLock { $0 }
    }

    @Test
    func `64 containers come and go at once`() async throws {
        let network = try TestNetwork(siblings: .ipam)
        let before = try network.rest()
        let containers = try (1...64).map { _ in try network.container() }
        let configuration = network.bridge()
        let added = try await atOnce(containers) {
            try network.call(Bridge.self, .add, configuration, for: $0)
        }
        for outcome in added { #expect(outcome.status == 0, "\(outcome)") }
        let addresses = added.flatMap { $0.output?["ips"]?.array ?? [] }.compactMap { $0["address"]?.string }
        #expect(addresses.count == 128 && Set(addresses).count == 128)
        for outcome in added {
            let path = outcome.output?["interfaces"]?.array?.last?["sandbox"]?.string
            let container = try #require(containers.first { $0.path == path })
            let fault = try network.fault(of: container, configuration, #require(outcome.output))
            #expect(fault == nil)
        }
        let deleted = try await atOnce(containers) {
            try network.call(Bridge.self, .delete, configuration, for: $0)
        }
        for outcome in deleted { #expect(outcome.status == 0, "\(outcome)") }
        #expect(try difference(before, network.rest(after: configuration)) == "")
    }

    @Test
    func `containers come while others go`() async throws {
        let network = try TestNetwork(siblings: .ipam)
        let before = try network.rest()
        let containers = try (1...24).map { _ in try network.container() }
        let configuration = network.bridge()
        let outcomes = try await atOnce(containers) { container in
            for _ in 1...3 {
                let added = try network.call(Bridge.self, .add, configuration, for: container)
                if added.status != 0 { return added }
                let check = try network.call(
                    Bridge.self, .check, configuration.with(["prevResult": added.output]), for: container)
                if check.status != 0 { return check }
                let deleted = try network.call(Bridge.self, .delete, configuration, for: container)
                if deleted.status != 0 { return deleted }
            }
            return .success()
        }
        for outcome in outcomes { #expect(outcome.status == 0, "\(outcome)") }
        #expect(try difference(before, network.rest(after: configuration)) == "")
    }
}
