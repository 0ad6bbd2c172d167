// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import CNITesting
import CNITypes
import Glibc
import LeaseStores
import NodeAgentCore
import NodeAgentTesting
import Testing
import VXLANOverlay

/// etcd that is away, hangs, or has forgotten.
@Suite("etcd: outages", .needsProgram("/usr/bin/etcd"), .needsProgram("/usr/bin/etcdctl"))
struct EtcdOutageTests {
    private let folder = "/coreos.com/network/subnets/"

    @Test func `while etcd is away nothing is reported gone, and afterwards what has changed is reported`()
        async throws
    {
        let etcd = try EtcdServer()
        let store = try etcd.store { $0.timeToLive = 15 }
        let own = try await store.acquire(Samples.request(1, former: "10.5.1.0-24"))
        let listener = Listener(store, own)
        let (name, value) = Samples.flannel(9)
        try etcd.control("put", folder + name, value)
        #expect(await listener.waits { $0.leases?.count == 2 })
        etcd.stop()
        #expect(await listener.waits { $0.events.contains { if case .failure = $0 { true } else { false } } })
        // Longer than the lease lives.
        try await Task.sleep(for: .seconds(17))
        #expect(listener.leases?.count == 2)
        try etcd.start()
        try etcd.control("del", folder + name)
        #expect(await listener.waits { $0.leases == [own] })
        #expect(listener.failure == nil)
        #expect(try etcd.control("get", folder + own.key.description).contains("192.0.2.1"))
    }

    @Test func `after a compaction everything is read again`() async throws {
        let etcd = try EtcdServer()
        let store = try etcd.store()
        let own = try await store.acquire(Samples.request(1, former: "10.5.1.0-24"))
        let listener = Listener(store, own)
        #expect(await listener.waits { $0.leases == [own] })
        // The watch breaks; before it can go on, what it would go on from is gone.
        etcd.stop()
        try etcd.elsewhere {
            for number in 10...14 {
                try etcd.control("put", folder + Samples.flannel(number).name, Samples.flannel(number).value)
            }
            try etcd.control("del", folder + Samples.flannel(10).name)
            let status = try JSON(parsing: try etcd.control("endpoint", "status", "-w", "json"))
            let revision = try #require(status.array?.first?["Status"]?["header"]?["revision"]?.int)
            try etcd.control("compact", "\(revision)")
        }
        try etcd.start()
        #expect(await listener.waits { $0.leases?.count == 5 }, "\(listener.events.suffix(3))")
        #expect(listener.failure == nil)
    }

    @Test func `the next member is asked when one does not answer`() async throws {
        let etcd = try EtcdServer()
        let store = try etcd.store { $0.endpoints = ["http://127.0.0.1:1", etcd.url] }
        let own = try await store.acquire(Samples.request(1, former: "10.5.1.0-24"))
        let listener = Listener(store, own)
        #expect(await listener.waits { $0.leases == [own] })
        let dead = try etcd.store { $0.endpoints = ["http://127.0.0.1:1"] }
        let failure = await #expect(throws: AgentError.self) {
            try await dead.acquire(Samples.request(1, former: "10.5.1.0-24"))
        }
        #expect(failure?.code == .unreachable)
    }

    @Test func `etcd that hangs is reported, nothing is reported gone, and all resumes when it does`()
        async throws
    {
        let etcd = try EtcdServer()
        // Longer than the test: only the watch can notice.
        let store = try etcd.store { $0.timeToLive = 3600 }
        let own = try await store.acquire(Samples.request(1, former: "10.5.1.0-24"))
        let listener = Listener(store, own)
        #expect(await listener.waits { $0.leases == [own] })
        // Its connections stand, and nothing comes on them.
        let start = ContinuousClock.now
        etcd.signal(SIGSTOP)
        #expect(
            await listener.waits(.seconds(120)) {
                $0.events.contains {
                    if case .failure(let error) = $0 { error.code == .unreachable } else { false }
                }
            })
        print("etcd that hangs was noticed after \(start.duration(to: .now))")
        #expect(listener.leases == [own])
        etcd.signal(SIGCONT)
        let (name, value) = Samples.flannel(9)
        try etcd.control("put", folder + name, value)
        #expect(await listener.waits { $0.leases?.count == 2 && $0.leases?.contains(own) == true })
        #expect(await listener.waits { $0.events.last == .contact })
        #expect(listener.failure == nil)
    }

    @Test
    func `a member that hangs with its connections open is replaced by the next one, and no event is missed`()
        async throws
    {
        let etcd = try EtcdServer()
        let proxy = try EtcdGateway(to: etcd.url, in: etcd.folder)
        let store = try etcd.store { options in
            // Longer than the test: only the watch can notice.
            options.timeToLive = 3600
            options.endpoints = [proxy.url, etcd.url]
        }
        let own = try await store.acquire(Samples.request(1, former: "10.5.1.0-24"))
        let listener = Listener(store, own)
        #expect(await listener.waits { $0.leases == [own] })
        // Silence alone is no failure: the member is asked, and answers.
        let contacts = listener.events.count { $0 == .contact }
        #expect(await listener.waits { $0.events.count { $0 == .contact } > contacts + 1 })
        let start = ContinuousClock.now
        proxy.hang()
        let (name, value) = Samples.flannel(9)
        try etcd.control("put", folder + name, value)
        #expect(await listener.waits(.seconds(120)) { $0.leases?.count == 2 })
        print("a hanging member of etcd was left after \(start.duration(to: .now))")
        let failures = listener.events.compactMap { if case .failure(let error) = $0 { error } else { nil } }
        #expect(failures.first?.code == .unreachable)
        #expect(failures.first?.message.contains("silent for") == true, "\(failures)")
        #expect(listener.failure == nil)
    }
}
