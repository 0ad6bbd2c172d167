// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import CNITesting
import CNITypes
import Glibc
import LeaseStores
import NodeAgentCore
import NodeAgentHTTP
import NodeAgentTesting
import Testing
import VXLANOverlay

@Suite("etcd", .needsProgram("/usr/bin/etcd"), .needsProgram("/usr/bin/etcdctl"))
struct EtcdStoreTests {
    private let folder = "/coreos.com/network/subnets/"

    @Test func `the configuration is flannel's key`() async throws {
        let etcd = try EtcdServer()
        let store = try etcd.store()
        await #expect(throws: AgentError(.notConfigured, "etcd has no key /coreos.com/network/config")) {
            try await store.configuration()
        }
        try etcd.control("put", "/coreos.com/network/config", #"{"Network":"10.5.0.0/33"}"#)
        let failure = await #expect(throws: AgentError.self) { try await store.configuration() }
        #expect(failure?.code == .notConfigured)
        #expect(failure?.message.contains("Network") == true)
        try etcd.control("put", "/coreos.com/network/config", Samples.network.serialized())
        #expect(try await store.configuration() == OverlayConfiguration(json: Samples.network))
    }

    @Test func `a lease is published as flannel would, and found again`() async throws {
        let etcd = try EtcdServer()
        let lease = try await etcd.store().acquire(Samples.request(7))
        let part = try #require(lease.v4)
        let mac = try #require(part.tunnel?.mac)
        let found = try etcd.control("get", "--prefix", folder)
        #expect(
            found == """
                \(folder)\(part.subnet.address)-24
                {"PublicIP":"192.0.2.7","PublicIPv6":null,"BackendType":"vxlan",\
                "BackendData":{"VNI":1,"VtepMAC":"\(mac)"}}

                """)
        // Another run of the same node gets the same, and with it the MAC address that the others know.
        #expect(try await etcd.store().acquire(Samples.request(7)) == lease)
        #expect(try etcd.control("get", "--prefix", "--keys-only", folder).split(separator: "\n").count == 1)
        try await etcd.store().release(lease)
        #expect(try etcd.control("get", "--prefix", folder) == "")
        // The subnet that it had is free, and so it is the node's again.
        let back = try await etcd.store().acquire(
            Samples.request(7, former: "\(part.subnet.address)-\(part.subnet.length)"))
        #expect(back.key == lease.key)
    }

    @Test func `two families are one key`() async throws {
        let etcd = try EtcdServer()
        let network: JSON = [
            "Network": "10.5.0.0/16", "EnableIPv6": true, "IPv6Network": "fd00:5::/48",
        ]
        let lease = try await etcd.store().acquire(Samples.request(7, network))
        let key = try etcd.control("get", "--prefix", "--keys-only", folder).split(separator: "\n").first
        #expect(key.map(String.init) == folder + lease.key.description)
        #expect(lease.v6?.publicIP.description == "2001:db8::7")
        let six: JSON = ["EnableIPv4": false, "EnableIPv6": true, "IPv6Network": "fd00:6::/48"]
        let other = try await etcd.store { $0.prefix = "/six" }.acquire(Samples.request(8, six))
        #expect(other.v4 == nil && other.v6 != nil)
    }

    @Test func `nodes that come at once get different subnets, and then there are none left`() async throws {
        let etcd = try EtcdServer()
        // Seven subnets: the first of eight is not handed out.
        let network: JSON = ["Network": "10.5.0.0/24", "SubnetLen": 27]
        let outcomes = try await withThrowingTaskGroup(of: Result<Lease, AgentError>.self) { group in
            for number in 1...12 {
                let (store, request) = (try etcd.store(), try Samples.request(number, network))
                group.addTask {
                    do throws(AgentError) {
                        return .success(try await store.acquire(request))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let leases = outcomes.compactMap { try? $0.get() }
        #expect(leases.count == 7)
        #expect(Set(leases.map(\.key)).count == 7)
        for case .failure(let error) in outcomes { #expect(error.code == .noSubnet, "\(error)") }
        #expect(try etcd.control("get", "--prefix", "--keys-only", folder).split(separator: "\n").count == 7)
    }

    @Test func `of nodes that come at once none has a subnet of either family twice`() async throws {
        let etcd = try EtcdServer()
        // As few of IPv6 as there are nodes, so that they want the same ones.
        let network: JSON = [
            "Network": "10.5.0.0/16", "EnableIPv6": true, "IPv6Network": "fd00:5::/60", "IPv6SubnetLen": 64,
        ]
        let leases = try await withThrowingTaskGroup(of: Lease.self) { group in
            for number in 1...15 {
                let (store, request) = (try etcd.store(), try Samples.request(number, network))
                group.addTask { try await store.acquire(request) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(leases.compactMap { $0.v4?.subnet }).count == 15)
        #expect(Set(leases.compactMap { $0.v6?.subnet }).count == 15)
    }

    @Test func `what others write is reported, and what cannot be read hides nothing`() async throws {
        let etcd = try EtcdServer()
        let store = try etcd.store()
        let own = try await store.acquire(Samples.request(200, former: "10.5.200.0-24"))
        let listener = Listener(store, own)
        #expect(await listener.waits { $0.leases == [own] })
        let (name, value) = Samples.flannel(9)
        try etcd.control("put", folder + name, value)
        #expect(await listener.waits { $0.leases?.count == 2 })
        #expect(listener.leases?.contains(try Lease(key: name, value: Array(value.utf8))) == true)
        try etcd.control("put", "\(folder)10.5.10.0-24", #"{"PublicIP":"224.0.0.1","BackendType":"vxlan"}"#)
        try etcd.control("put", "\(folder)nonsense", "x")
        #expect(await listener.waits { $0.unreadable.count == 2 })
        #expect(listener.leases?.count == 2)
        try etcd.control("del", folder + name)
        #expect(await listener.waits { $0.leases == [own] })
        #expect(listener.failure == nil)
    }

    @Test func `a reservation is its node's, and never ends`() async throws {
        let etcd = try EtcdServer()
        let (name, value) = Samples.flannel(9)
        try etcd.control("put", folder + name, value)
        let lease = try await etcd.store().acquire(Samples.request(9))
        #expect(lease.key.description == name)
        #expect(lease.v4?.tunnel?.mac == MACAddress("02:00:00:00:00:09"))
        #expect(try etcd.control("get", folder + name, "-w", "json").contains("\"lease\"") == false)
        // It is nobody else's.
        let other = try await etcd.store().acquire(Samples.request(8, former: name))
        #expect(other.key != lease.key)
    }

    @Test func `a node that is gone is forgotten when its time is over`() async throws {
        let etcd = try EtcdServer()
        let store = try etcd.store()
        let own = try await store.acquire(Samples.request(1))
        let listener = Listener(store, own)
        #expect(await listener.waits { $0.leases == [own] })
        let start = ContinuousClock.now
        let gone = try await etcd.store { $0.timeToLive = 15 }.acquire(Samples.request(2))
        #expect(await listener.waits { $0.leases?.contains(gone) == true })
        #expect(await listener.waits { $0.leases == [own] })
        // Not at once, either.
        #expect(start.duration(to: .now) > .seconds(1))
    }

    @Test func `a node that is there is kept alive past its time`() async throws {
        let etcd = try EtcdServer()
        let store = try etcd.store { $0.timeToLive = 15 }
        let own = try await store.acquire(Samples.request(1))
        let listener = Listener(store, own)
        try await Task.sleep(for: .seconds(18))
        #expect(listener.failure == nil)
        #expect(listener.leases == [own])
        #expect(listener.events.count { $0 == .contact } > 1)
        #expect(try etcd.control("get", "--prefix", "--keys-only", folder).contains(own.key.description))
    }

    @Test func `an own key that is deleted is put again, one that is taken is lost`() async throws {
        let etcd = try EtcdServer()
        let store = try etcd.store()
        let own = try await store.acquire(Samples.request(1))
        let listener = Listener(store, own)
        #expect(await listener.waits { $0.leases == [own] })
        let key = folder + own.key.description
        try etcd.control("del", key)
        #expect(await listener.waits { $0.leases == [] || $0.leases == [own] })
        for _ in 0..<1800 where try etcd.control("get", key) == "" { usleep(50_000) }
        #expect(try etcd.control("get", key).contains("192.0.2.1"))
        #expect(listener.failure == nil)
        try etcd.control("put", key, Samples.flannel(66).value)
        #expect(await listener.waits { $0.failure?.code == .leaseLost }, "\(listener.events)")
    }

    @Test func `a user and a password are asked for and given`() async throws {
        let etcd = try EtcdServer()
        try etcd.control("user", "add", "root:secret")
        try etcd.control("user", "grant-role", "root", "root")
        try etcd.control("role", "add", "overlay")
        try etcd.control(
            "role", "grant-permission", "overlay", "--prefix=true", "readwrite", "/coreos.com/network/")
        try etcd.control("user", "add", "node:word")
        try etcd.control("user", "grant-role", "node", "overlay")
        try etcd.control("auth", "enable")
        func code(_ user: String?, _ password: String?) async throws -> AgentError.Code? {
            let store = try etcd.store { options in
                options.user = user
                options.password = password
            }
            let request = try Samples.request(1)
            do throws(AgentError) {
                _ = try await store.acquire(request)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(try await code("node", "word") == nil)
        #expect(try await code("node", "wrong") == .refused)
        #expect(try await code(nil, nil) == .refused)
        let anonymous = await #expect(throws: AgentError.self) {
            try await etcd.store().acquire(Samples.request(1))
        }
        #expect(anonymous?.message == "etcd kv/range: etcd has users: name a user and a password (400)")
    }

    @Test(.needsProgram("/usr/bin/openssl")) func `certificates prove both sides`() async throws {
        let folder = try TemporaryFolder()
        let certificates = try Certificates(in: folder)
        let etcd = try EtcdServer(
            in: folder,
            options: [
                "--cert-file", certificates.server, "--key-file", certificates.serverKey,
                "--client-cert-auth",
                "--trusted-ca-file", certificates.authority,
            ], scheme: "https",
            clientFlags: [
                "--cacert", certificates.authority, "--cert", certificates.client, "--key",
                certificates.clientKey,
            ])
        let store = try etcd.store { options in
            options.tls.authorities = certificates.authority
            options.tls.certificate = certificates.client
            options.tls.key = certificates.clientKey
        }
        let own = try await store.acquire(Samples.request(1))
        let listener = Listener(store, own)
        #expect(await listener.waits { $0.leases == [own] })
        // Without a certificate of ours, and by an authority that we do not know.
        for isTrusted in [true, false] {
            let other = try etcd.store { options in
                if isTrusted { options.tls.authorities = certificates.authority }
            }
            let failure = await #expect(throws: AgentError.self) {
                try await other.acquire(Samples.request(2))
            }
            #expect(failure?.code == .unreachable)
        }
    }

    @Test(.needsProgram("/usr/bin/openssl"), arguments: ["/CN=root", "/O=nodes"])
    func `with users, a certificate with a CommonName is refused in words that help, one without works`(
        subject: String
    ) async throws {
        let folder = try TemporaryFolder()
        var shape = Certificates.Shape()
        shape.client = subject
        let certificates = try Certificates(in: folder, shape)
        let flags = [
            "--cacert", certificates.authority, "--cert", certificates.client, "--key",
            certificates.clientKey,
        ]
        let etcd = try EtcdServer(
            in: folder,
            options: [
                "--cert-file", certificates.server, "--key-file", certificates.serverKey,
                "--client-cert-auth", "--trusted-ca-file", certificates.authority,
            ], scheme: "https", clientFlags: flags)
        try etcd.control("user", "add", "root:secret")
        try etcd.control("user", "grant-role", "root", "root")
        try etcd.control("auth", "enable")
        let store = try etcd.store { options in
            options.tls.authorities = certificates.authority
            options.tls.certificate = certificates.client
            options.tls.key = certificates.clientKey
            options.user = "root"
            options.password = "secret"
        }
        guard subject.contains("CN") else {
            let lease = try await store.acquire(Samples.request(1))
            return #expect(lease.v4 != nil)
        }
        let failure = await #expect(throws: AgentError.self) { try await store.acquire(Samples.request(1)) }
        #expect(failure?.code == .refused)
        #expect(failure?.message.contains("refuses a client certificate with a CommonName (400)") == true)
    }
}
