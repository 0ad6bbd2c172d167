// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import CNITypes
import Testing
import VXLANOverlay

/// flannel's network configuration.
struct ConfigurationTests {
    private func read(_ text: String) throws -> OverlayConfiguration {
        try OverlayConfiguration(parsing: Array(text.utf8))
    }

    @Test func `what is left out is as in flannel`() throws {
        let configuration = try read(#"{"Network": "10.5.3.4/16"}"#)
        let pool = try #require(configuration.v4)
        #expect(configuration.v6 == nil && configuration.families == [.v4])
        #expect(pool.network == IPPrefix("10.5.0.0/16") && pool.subnetLength == 24)
        #expect(pool.subnetMin == IPAddress("10.5.1.0") && pool.subnetMax == IPAddress("10.5.255.0"))
        #expect(
            pool.subnetCount == 255 && pool.subnet(254) == IPPrefix("10.5.255.0/24")
                && pool.subnet(255) == nil)
        let backend = configuration.backend
        #expect(backend.kind == .vxlan && backend.vni == 1 && backend.port == 8472 && backend.mtu == nil)
        #expect(!backend.directRouting && !backend.learning && backend.macPrefix == nil)
        #expect(backend.deviceName(.v4) == "flannel.1" && backend.deviceName(.v6) == "flannel-v6.1")
        #expect(backend.overhead(over: .v4) == 50 && backend.overhead(over: .v6) == 70)
    }

    @Test(arguments: [
        ("10.0.0.0/22", 24, "10.0.1.0", "10.0.3.0"), ("10.0.0.0/23", 25, "10.0.0.128", "10.0.1.128"),
        ("10.0.0.0/28", 30, "10.0.0.4", "10.0.0.12"), ("0.0.0.0/0", 24, "0.0.1.0", "255.255.255.0"),
    ])
    func `a subnet is a quarter of a small network`(network: String, length: Int, min: String, max: String)
        throws
    {
        let pool = try #require(try read(#"{"Network": "\#(network)"}"#).v4)
        #expect(pool.subnetLength == length)
        #expect(pool.subnetMin == IPAddress(min) && pool.subnetMax == IPAddress(max))
    }

    @Test(arguments: [("fd00::/48", 64), ("fd00::/62", 64), ("fd00::/63", 65), ("fd00::/124", 126)])
    func `the same with IPv6`(network: String, length: Int) throws {
        let text = #"{"EnableIPv4": false, "enableipv6": true, "ipv6network": "\#(network)"}"#
        let configuration = try read(text)
        #expect(configuration.v4 == nil && configuration.v6?.subnetLength == length)
    }

    @Test(arguments: [
        ("[]", "expected an object"), ("{}", "Network: missing"),
        (#"{"EnableIPv4": false}"#, "EnableIPv4: false"),
        (#"{"EnableIPv4": 1}"#, "EnableIPv4: expected true or false"),
        (#"{"Network": "10.0.0.0"}"#, "Network: "),
        (#"{"Network": "fd00::/16"}"#, "Network: fd00::/16 is not of IPv4"),
        (#"{"Network": "10.0.0.0/29"}"#, "Network: 10.0.0.0/29 is too small"),
        (#"{"Network": "10.0.0.0/16", "SubnetLen": 31}"#, "SubnetLen: 31 is more than 30"),
        (#"{"Network": "10.0.0.0/16", "SubnetLen": 17}"#, "SubnetLen: 17 leaves no room"),
        (#"{"Network": "10.0.0.0/16", "SubnetLen": -1}"#, "SubnetLen: -1"),
        (#"{"Network": "10.0.0.0/16", "SubnetLen": 1e99}"#, "SubnetLen: "),
        (
            #"{"Network": "10.0.0.0/16", "SubnetMin": "10.1.0.0"}"#,
            "SubnetMin: 10.1.0.0 is not in 10.0.0.0/16"
        ),
        (
            #"{"Network": "10.0.0.0/16", "SubnetMin": "10.0.0.1"}"#,
            "SubnetMin: 10.0.0.1 does not begin a subnet"
        ),
        (
            #"{"Network": "10.0.0.0/16", "SubnetMax": "10.0.9.7"}"#,
            "SubnetMax: 10.0.9.7 does not begin a subnet"
        ),
        (
            #"{"Network": "10.0.0.0/16", "SubnetMin": "10.0.9.0", "SubnetMax": "10.0.8.0"}"#,
            "SubnetMax: 10.0.8.0 is below SubnetMin"
        ),
        (#"{"Network": "10.0.0.0/16", "EnableIPv6": true}"#, "IPv6Network: missing"),
        (
            #"{"Network": "10.0.0.0/16", "EnableIPv6": true, "IPv6Network": "fd00::/125"}"#,
            "IPv6Network: fd00::/125 is too small"
        ),
        (#"{"Network": "10.0.0.0/16", "Backend": 5}"#, "Backend: expected an object"),
        (#"{"Network": "10.0.0.0/16", "Backend": {"Type": "udp"}}"#, #"Backend.Type: "udp" is neither"#),
        (#"{"Network": "10.0.0.0/16", "Backend": {"VNI": 0}}"#, "Backend.VNI: 0 is not"),
        (#"{"Network": "10.0.0.0/16", "Backend": {"VNI": 16777216}}"#, "Backend.VNI: 16777216 is not"),
        (
            #"{"Network": "10.0.0.0/16", "Backend": {"VNI": 16777215}}"#,
            "Backend.VNI: 16777215 leaves no room"
        ),
        (#"{"Network": "10.0.0.0/16", "Backend": {"Port": 65536}}"#, "Backend.Port: "),
        (#"{"Network": "10.0.0.0/16", "Backend": {"MTU": 100}}"#, "Backend.MTU: 100"),
        (#"{"Network": "10.0.0.0/16", "Backend": {"GBP": true}}"#, "Backend.GBP: "),
        (#"{"Network": "10.0.0.0/16", "Backend": {"MacPrefix": "0E"}}"#, "Backend.MacPrefix: "),
        (#"{"Network": "10.0.0.0/16", "Backend": {"MacPrefix": "01-00"}}"#, "Backend.MacPrefix: "),
    ])
    func `a broken rule is reported with its place`(text: String, place: String) {
        #expect(
            message { _ = try read(text) }?.hasPrefix(place) == true,
            "\(message { _ = try read(text) } ?? "none")")
    }

    @Test func `what is written reads as the same`() throws {
        try forSamples { samples in
            let document = samples.configuration()
            let configuration = try OverlayConfiguration(json: document)
            let again = try OverlayConfiguration(parsing: Array(configuration.json.serialized().utf8))
            try #require(again == configuration, "TEST_SEED=\(Seeded.seed) \(document)")
        }
    }

    @Test func `subnets of a pool are apart, within it, and can be held`() throws {
        try forSamples { samples in
            let configuration = try OverlayConfiguration(json: samples.configuration())
            for family in configuration.families {
                let pool = try #require(configuration[family])
                let number = samples.number(0...pool.subnetCount - 1)
                let subnet = try #require(pool.subnet(number))
                let note = Comment(rawValue: "TEST_SEED=\(Seeded.seed) \(pool) \(number)")
                try #require(pool.network.contains(subnet) && pool.canHold(subnet), note)
                try #require(subnet.first != pool.network.first, note)
                if let next = pool.subnet(number + 1) { try #require(!next.overlaps(subnet), note) }
                let last = try #require(pool.subnet(pool.subnetCount - 1))
                try #require(pool.subnetCount == Int.max || last.first == pool.subnetMax, note)
            }
        }
    }

    @Test func `MAC addresses have the prefix that is asked for, and are of devices`() throws {
        var samples = Samples()
        let backend = try read(#"{"Network": "10.0.0.0/16", "Backend": {"MacPrefix": "0e-2A"}}"#).backend
        let mac = backend.makeMAC(using: &samples.generator)
        #expect(mac.description.hasPrefix("0e:2a:"))
        #expect(mac != backend.makeMAC(using: &samples.generator))
    }
}
