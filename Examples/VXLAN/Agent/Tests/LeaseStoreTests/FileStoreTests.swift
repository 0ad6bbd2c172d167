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

@Suite("file") struct FileStoreTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = try folder.write("overlay.json", #"{"config":{"Network":"10.5.0.0/16"},"note":1}"#)
    }

    private func content() throws -> JSON { try JSON(parsing: try TemporaryFolder.read(path)) }

    @Test func `a lease is put into the file, and nothing else of it changes`() async throws {
        let store = FileStore(path: path)
        #expect(try await store.configuration() == OverlayConfiguration(json: Samples.network))
        let lease = try await store.acquire(Samples.request(7))
        let entry = try content()["subnets"]?[lease.key.description]
        #expect(entry?["PublicIP"]?.string == "192.0.2.7")
        #expect(entry?["BackendType"]?.string == "vxlan")
        #expect(try content()["note"] == 1)
        #expect(try await store.acquire(Samples.request(7)) == lease)
        try await store.release(lease)
        #expect(try content()["subnets"]?[lease.key.description] == nil)
    }

    @Test func `a lease that is there is used without writing`() async throws {
        let (name, value) = Samples.flannel(9)
        try folder.write(
            "overlay.json", #"{"config":{"Network":"10.5.0.0/16"},"subnets":{"\#(name)":\#(value)}}"#)
        // Nobody, not even root, can make a lock file beside it.
        let store = FileStore(path: path)
        let before = try TemporaryFolder.read(path)
        let lease = try await store.acquire(Samples.request(9))
        #expect(lease.key.description == name)
        #expect(try TemporaryFolder.read(path) == before)
        #expect(access("\(path).lock", F_OK) != 0)
    }

    @Test func `nodes that come at once get different subnets`() async throws {
        let store = FileStore(path: path)
        let leases = try await withThrowingTaskGroup(of: Lease.self) { group in
            for number in 1...20 {
                let request = try Samples.request(number)
                group.addTask { try await store.acquire(request) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(leases.map(\.key)).count == 20)
        #expect(try content()["subnets"]?.object?.count == 20)
    }

    @Test func `changes by anybody are reported, and what cannot be read hides nothing`() async throws {
        let store = FileStore(path: path)
        let own = try await store.acquire(Samples.request(7, former: "10.5.7.0-24"))
        let listener = Listener(store, own)
        #expect(await listener.waits { $0.leases == [own] })
        let other = try await FileStore(path: path).acquire(Samples.request(8, former: "10.5.8.0-24"))
        #expect(await listener.waits { $0.leases == [own, other] })
        // An editor that writes the file in its place.
        let text = try TemporaryFolder.read(path).split(separator: "\"subnets\": {", maxSplits: 1)
        try folder.write("overlay.json", "\(text[0])\"subnets\": {\"nonsense\": 7, \(text[1])")
        #expect(await listener.waits { $0.unreadable.count == 1 })
        #expect(listener.leases == [own, other])
        try await FileStore(path: path).release(other)
        #expect(await listener.waits { $0.leases == [own] })
        // A file that is not JSON is reported, and read again when it is.
        let good = try TemporaryFolder.read(path)
        try folder.write("overlay.json", "{")
        #expect(await listener.waits { $0.events.contains { if case .failure = $0 { true } else { false } } })
        #expect(listener.leases == [own])
        let told = listener.events.count
        try folder.write("overlay.json", good)
        #expect(
            await listener.waits {
                $0.events.dropFirst(told).contains { if case .leases = $0 { true } else { false } }
            })
        try await FileStore(path: path).release(own)
        #expect(await listener.waits { $0.failure?.code == .leaseLost })
    }

    @Test(arguments: [
        ("", AgentError.Code.malformed), ("[]", .malformed), (#"{"subnets":7}"#, .malformed),
        ("{}", .notConfigured), (#"{"config":{"Network":"10.0.0.0/40"}}"#, .notConfigured),
    ])
    func `a file with mistakes is refused with its path`(text: String, code: AgentError.Code)
        async throws
    {
        try folder.write("overlay.json", text)
        let failure = await #expect(throws: AgentError.self) {
            try await FileStore(path: path).configuration()
        }
        #expect(failure?.code == code)
        #expect(failure?.message.contains(path) == true, "\(failure?.message ?? "")")
    }

    @Test func `a file that is not there yet is waited for by the caller`() async throws {
        let failure = await #expect(throws: AgentError.self) {
            try await FileStore(path: "\(folder.path)/none").configuration()
        }
        #expect(failure?.code == .unreachable)
    }
}
