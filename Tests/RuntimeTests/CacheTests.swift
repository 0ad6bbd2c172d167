// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import CNITesting
import LinuxCore
import TestSupport
import Testing

@testable import CNIRuntime

@Suite
struct CacheTests {
    private func entry(_ container: String = "c1") throws -> CacheEntry {
        var request = try request(container)
        request.arguments = [.init("IgnoreUnknown", "1"), .init("K8S_POD_NAME", "p")]
        request.capabilities = ["portMappings": [["hostPort": 80, "big": 9_007_199_254_740_993]]]
        return CacheEntry(
            network: try NetworkName("net"), request: request,
            configuration: ["cniVersion": "1.1.0", "name": "net", "plugins": [["type": "a"]]],
            result: ["cniVersion": "1.1.0", "own": 18_446_744_073_709_551_615.0])
    }

    @Test
    func `what is stored is read again, and is a file only for its owner`() throws {
        let folder = try TemporaryFolder()
        let cache = ResultCache(directory: "\(folder.path)/deep/cache")
        let entry = try entry()
        try cache.store(entry)
        #expect(try cache.entry(of: entry.attachment) == entry)
        #expect(cache.path(of: entry.attachment) == "\(folder.path)/deep/cache/results/net-c1-eth0")
        #expect(try FileStatus(of: cache.path(of: entry.attachment)).mode & 0o777 == 0o600)
        #expect(try FileStatus(of: cache.resultsPath).mode & 0o777 == 0o700)
        #expect(try entry.list?.name == NetworkName("net"))
        try cache.remove(entry.attachment)
        try cache.remove(entry.attachment)
        #expect(try cache.entry(of: entry.attachment) == nil)
    }

    @Test
    func `the file's format is the reference implementation's`() throws {
        let folder = try TemporaryFolder()
        let cache = ResultCache(directory: folder.path)
        let request = AttachmentRequest(
            containerID: try ContainerID("c1"), namespacePath: "/run/netns/x",
            interface: try InterfaceName("eth0"),
            arguments: [.init("K", "v")], capabilities: ["mac": "m"])
        try cache.store(
            CacheEntry(
                network: try NetworkName("net"), request: request, configuration: ["name": "net"],
                result: ["cniVersion": "1.0.0"]))
        let text = try String(decoding: File.read("\(folder.path)/results/net-c1-eth0"), as: UTF8.self)
        let config = Base64.encode(Array(#"{"name":"net"}"#.utf8))
        #expect(
            text == #"{"capabilityArgs":{"mac":"m"},"cniArgs":[["K","v"]],"config":"\#(config)","#
                + #""containerId":"c1","ifName":"eth0","kind":"cniCacheV1","netns":"/run/netns/x","#
                + #""networkName":"net","result":{"cniVersion":"1.0.0"}}"#)
    }

    @Test
    func `files of the reference implementation are read`() throws {
        let cache = ResultCache(directory: "\(Products.fixtures)/Cache")
        let contents = try cache.contents()
        #expect(
            contents.entries.map { "\($0.network) \($0.request.containerID) \($0.request.interface)" } == [
                "podman 0123456789abcdef eth0", "single cnitool-77383ca0a0715733ca6f eth0",
            ])
        let entry = contents.entries[0]
        #expect(entry.request.namespacePath == "/run/netns/netns-1f8a")
        #expect(
            entry.request.arguments == [.init("IgnoreUnknown", "1"), .init("K8S_POD_NAME", "web")])
        #expect(entry.request.capabilities["portMappings"]?.array?.count == 1)
        #expect(entry.list?.plugins.count == 2)
        #expect(try CNIResult(json: entry.result ?? .null).ips.map(\.address.description) == ["10.88.0.7/16"])
        #expect(contents.entries[1].list?.plugins.count == 1, "a single plugin's configuration")
        #expect(
            contents.problems.map { $0.path.split(separator: "/").last.map(String.init) ?? "" } == [
                "cbr0-bare-eth0", "cbr0-empty-eth0", "cbr0-truncated-eth0",
            ])
    }

    @Test
    func `without the namespace's path the result says where it is`() throws {
        let folder = try TemporaryFolder()
        let cache = ResultCache(directory: folder.path)
        let fixture = ResultCache(directory: "\(Products.fixtures)/Cache")
        let attachment = try fixture.contents().entries[0].attachment
        let text = try String(decoding: File.read(fixture.path(of: attachment)), as: UTF8.self)
        let old = text.replacing(#""netns":"/run/netns/netns-1f8a","#, with: "")
        #expect(old != text)
        try write(old, to: cache.path(of: attachment))
        #expect(try cache.entry(of: attachment)?.request.namespacePath == "/run/netns/netns-1f8a")
        // Only the container's own interface is in its namespace.
        try write(old.replacing(#""name":"eth0""#, with: #""name":"eth1""#), to: cache.path(of: attachment))
        #expect(try cache.entry(of: attachment)?.request.namespacePath == nil)
    }

    @Test
    func `a bare result is the entry of the attachment in its name`() async throws {
        let fixture = ResultCache(directory: "\(Products.fixtures)/Cache")
        let attachment = try request("bare").attachment(to: NetworkName("cbr0"))
        let entry = try #require(try fixture.entry(of: attachment))
        #expect(entry.list == nil && entry.result?["ip4"] != nil)
        let world = try World("a")
        try write(
            String(decoding: File.read(fixture.path(of: attachment)), as: UTF8.self),
            to: world.cache.path(of: attachment))
        try await world.runtime().delete(network("a", name: "cbr0"), request("bare"))
        #expect(
            try world.calls()[0].input["prevResult"]?["ips"] == [
                ["address": "10.1.2.3/24", "gateway": "10.1.2.1"]
            ])
        #expect(try Directory.names(in: world.cache.resultsPath) == [])
    }

    @Test
    func `DEL with a file of the reference implementation gives what it knows`() async throws {
        let world = try World("bridge", "portmap")
        let fixture = ResultCache(directory: "\(Products.fixtures)/Cache")
        let stored = try fixture.contents().entries[0]
        try write(
            String(decoding: File.read(fixture.path(of: stored.attachment)), as: UTF8.self),
            to: world.cache.path(of: stored.attachment))
        try await world.runtime().delete(try #require(stored.list), stored.request)
        let calls = try world.calls()
        #expect(calls.map(\.plugin) == ["portmap", "bridge"])
        #expect(
            calls[0].input["runtimeConfig"]?["portMappings"] == stored.request.capabilities["portMappings"])
        #expect(calls[0].input["prevResult"] == stored.result)
        #expect(calls[0]["CNI_ARGS"] == "IgnoreUnknown=1;K8S_POD_NAME=web")
        #expect(try world.cache.contents().entries.isEmpty)
    }

    @Test
    func `storing is old or new at every moment, and fails cleanly at every operation`() throws {
        let folder = try TemporaryFolder()
        let cache = ResultCache(directory: folder.path)
        var (old, new) = (try entry(), try entry())
        old.result = ["cniVersion": "1.0.0"]
        new.result = ["cniVersion": "1.1.0"]
        try cache.store(old)
        let (operations, _) = try FaultInjection.operations { try cache.store(new) }
        let words = operations.map { $0.split(separator: " ").first.map(String.init) ?? "" }
        // On the disk before it has the name, and the name on the disk before it is done.
        #expect(words.suffix(6) == ["open", "write", "fsync", "rename", "open", "fsync"])
        for k in operations.indices {
            for isCrash in [false, true] {
                try cache.store(old)
                if isCrash {
                    FaultInjection.halting(at: k) { try? cache.store(new) }
                } else {
                    #expect(throws: RuntimeError.self) {
                        try FaultInjection.failing(at: k) { try cache.store(new) }
                    }
                }
                let found = try cache.entry(of: new.attachment)
                #expect(found == old || found == new, "\(operations[k])")
                #expect(try cache.contents().problems.isEmpty && cache.contents().entries.count == 1)
                if !isCrash {
                    #expect(try Directory.names(in: cache.resultsPath).count == 1, "\(operations[k])")
                }
            }
        }
        // What a crash left is no hindrance.
        try cache.store(new)
        #expect(try Directory.names(in: cache.resultsPath).count == 1)
    }

    @Test
    func `a first store is there or not at every moment`() throws {
        let entry = try entry()
        let probe = try TemporaryFolder()
        let (operations, _) = try FaultInjection.operations {
            try ResultCache(directory: probe.path).store(entry)
        }
        for k in operations.indices {
            let folder = try TemporaryFolder()
            let cache = ResultCache(directory: folder.path)
            FaultInjection.halting(at: k) { try? cache.store(entry) }
            let found = try cache.entry(of: entry.attachment)
            #expect(found == nil || found == entry)
            try cache.store(entry)
            #expect(try cache.entry(of: entry.attachment) == entry)
            FaultInjection.halting(at: k) { try? cache.store(entry) }
            try cache.remove(entry.attachment)
            #expect(try Directory.names(in: cache.resultsPath).isEmpty, "\(operations[k])")
        }
    }

    @Test
    func `a file that is cut anywhere is damaged and nothing worse`() throws {
        let folder = try TemporaryFolder()
        let cache = ResultCache(directory: folder.path)
        let entry = try entry()
        try cache.store(entry)
        let whole = try File.read(cache.path(of: entry.attachment))
        for size in whole.indices {
            try File.replace(cache.path(of: entry.attachment), Array(whole[..<size]), mode: 0o600)
            let contents = try cache.contents()
            #expect(contents.entries.isEmpty && contents.problems.count == 1)
            #expect(throws: RuntimeError.self) { try cache.entry(of: entry.attachment) }
        }
    }

    @Test
    func `a folder that is not there has nothing in it`() throws {
        let contents = try ResultCache(directory: "/nowhere").contents()
        #expect(contents.entries.isEmpty && contents.problems.isEmpty)
    }

    @Test
    func `names that are too long for a file are refused before anything is done`() async throws {
        let world = try World("a")
        let long = String(repeating: "n", count: 200)
        let error = try await failure {
            _ = try await world.runtime().add(
                network("a", name: long), request(String(repeating: "c", count: 60)))
        }
        #expect(error.reason == .wrongState)
        #expect(try world.story() == [])
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `Base64 is that of RFC 4648`(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z=g=", "Zm9v\n", "Zm9-", "=m9v"])
    func `what is not Base64 is nothing`(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
