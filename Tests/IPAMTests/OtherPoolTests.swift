// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import LinuxCore
import Testing

@testable import IPAM

@Suite("host-local: another network's leases of the same subnet")
struct OtherPoolTests {
    private let subnet: JSON = ["subnet": "10.1.2.0/24"]

    @Test func `they are found until this network has a lease of somebody else's`() throws {
        let world = try World()
        #expect(try world.plugin(subnet, name: "new").otherPool(besides: nil) == nil)
        _ = try world.plugin(subnet).addresses("old")
        let plugin = try world.plugin(subnet, name: "new")
        let first = try attachment("first")
        let expected = OtherPool(
            network: "net", address: try #require(IPAddress("10.1.2.2")),
            subnet: try #require(IPPrefix("10.1.2.0/24")), path: "\(world.network)/10.1.2.2")
        #expect(try plugin.otherPool(besides: nil) == expected)
        _ = try plugin.addresses("first")
        #expect(try plugin.otherPool(besides: first) == expected)
        _ = try plugin.addresses("second")
        #expect(try plugin.otherPool(besides: first) == nil)
    }

    @Test func `other subnets, what is no lease, the index and stray files are not taken for any`() throws {
        let world = try World()
        _ = try world.plugin(["subnet": "10.1.3.0/24"]).addresses("old")
        try world.write("10.1.2.7", "")
        try world.write("printer", "10.1.2.8")
        try File.create("\(world.directory)/10.1.2.9", Array("x\r\neth0".utf8), mode: 0o600)
        try world.write("10.1.2.8", "reserved for the printer")
        #expect(try world.plugin(subnet, name: "new").otherPool(besides: nil) == nil)
    }

    @Test func `beside 5,000 leases of its own a network reads two of them at most`() throws {
        let world = try World()
        for number in 2..<5_002 {
            try world.write("\(IPAddress(.v4, bits: 0x0a01_0000 + UInt128(number)))", "c\(number)\r\neth0")
        }
        let plugin = try world.plugin(["subnet": "10.1.0.0/16"])
        let operations = try FaultInjection.operations {
            _ = try plugin.otherPool(besides: attachment("c7"))
        }
        #expect(operations.operations.count < 12, "\(operations.operations)")
    }
}
