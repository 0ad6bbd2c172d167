// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import LinuxCore
import Synchronization
import Testing

@testable import IPAM

@Suite("host-local: many leases, many at a time")
struct ScaleTests {
    /// Names of operations without the names of files, which differ.
    private func kinds(_ operation: () throws -> Void) rethrows -> [String] {
        try FaultInjection.operations(in: operation).operations.map { String($0.prefix { $0 != " " }) }
    }

    /// The operations of an ADD, a CHECK and a DEL beside that many leases of others.
    private func cost(beside count: Int) throws -> [[String]] {
        let world = try World()
        let subnet = try #require(IPPrefix("10.1.0.0/16"))
        for number in 0..<count {
            let address = IPAddress(.v4, bits: subnet.first.bits + UInt128(number + 2))
            try world.write("\(address)", "container-\(number)\r\neth0")
        }
        try world.write(
            "last_reserved_ip.0", "\(IPAddress(.v4, bits: subnet.first.bits + UInt128(count + 1)))")
        let plugin = try world.plugin(["subnet": .string("\(subnet)")])
        // The first operation rebuilds the index.
        _ = try plugin.addresses("first")
        return try [
            kinds { _ = try plugin.addresses("second") },
            kinds { try plugin.check(attachment("container-7"), previous: nil) },
            kinds { try plugin.status() },
            kinds { try plugin.delete(attachment("container-7")) },
            kinds { try plugin.delete(attachment("second")) },
            kinds { try plugin.delete(attachment("nobody")) },
        ]
    }

    @Test func `an operation makes the same system calls beside 50,000 leases as beside 10`() throws {
        let few = try cost(beside: 10)
        #expect(few[0].count < 50)
        #expect(try cost(beside: 50_000) == few)
    }

    @Test func `ADD in a nearly full pool lists the leases once instead of trying one after the other`()
        throws
    {
        let world = try World()
        for number in 2..<2_000 where number != 1_500 {
            try world.write(
                "\(IPAddress(.v4, bits: 0x0a01_0000 + UInt128(number)))", "container-\(number)\r\neth0")
        }
        let plugin = try world.plugin(["subnet": "10.1.0.0/16", "rangeEnd": "10.1.7.207"])
        try plugin.status()
        try plugin.delete(attachment("nobody"))  // rebuilds
        var given: [String] = []
        let kinds = try kinds { given = try plugin.addresses("a") }
        #expect(given == ["10.1.5.220"])
        #expect(kinds.filter { $0 == "list" }.count == 1)
        #expect(kinds.filter { $0 == "stat" }.count <= AddressSearch.probes + 5)
    }

    @Test func `16 threads get addresses of their own, through the real lock`() throws {
        let world = try World()
        let ipam: JSON = ["ranges": [[["subnet": "10.1.2.0/26"]], [["subnet": "fd00::/122"]]]]
        let inUse = Mutex<[String: Int]>([:])
        let problems = Mutex<[String]>([])
        onThreads(16) { number in
            do {
                let plugin = try world.plugin(ipam)
                for round in 0..<12 {
                    let interface = "eth\(round % 2)"
                    let given = try plugin.addresses("container-\(number)", interface)
                    for address in given {
                        if let other = inUse.withLock({ $0.updateValue(number, forKey: address) }) {
                            problems.withLock { $0.append("\(address) for \(number) and \(other)") }
                        }
                    }
                    try plugin.check(attachment("container-\(number)", interface), previous: nil)
                    inUse.withLock { for address in given { $0[address] = nil } }
                    try plugin.delete(attachment("container-\(number)", interface))
                }
            } catch {
                problems.withLock { $0.append("\(number): \(error)") }
            }
        }
        #expect(problems.withLock { $0 } == [])
        #expect(world.leases() == [:] && world.indexFiles() == [] && world.strays() == [])
    }

    @Test func `threads that compete for the last addresses get each once`() throws {
        let world = try World()
        let given = Mutex<[String]>([])
        let refused = Mutex(0)
        onThreads(16) { number in
            do {
                let addresses = try world.plugin(["subnet": "10.1.2.0/28"]).addresses("container-\(number)")
                given.withLock { $0 += addresses }
            } catch {
                refused.withLock { $0 += 1 }
            }
        }
        #expect(given.withLock { Set($0).count == 13 && $0.count == 13 })
        #expect(refused.withLock { $0 } == 3)
        #expect(world.indexErrors() == [])
    }
}
