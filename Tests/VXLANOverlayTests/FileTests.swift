// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import CNITypes
import LinuxCore
import Testing
import VXLANOverlay

/// What an agent tells its plugin.
struct FileTests {
    static let flannel = """
        FLANNEL_NETWORK=10.5.0.0/16
        FLANNEL_SUBNET=10.5.34.1/24
        FLANNEL_IPV6_NETWORK=fd00:5::/48
        FLANNEL_IPV6_SUBNET=fd00:5:0:22::1/64
        FLANNEL_MTU=1430
        FLANNEL_IPMASQ=true

        """

    @Test func `flannel's file is read, and written byte for byte`() throws {
        let file = try SubnetFile(parsing: Array(Self.flannel.utf8))
        #expect(
            file.v4
                == SubnetFile.Part(
                    networks: [try #require(IPPrefix("10.5.0.0/16"))],
                    subnet: try #require(IPPrefix("10.5.34.0/24"))))
        #expect(file.v6?.subnet == IPPrefix("fd00:5:0:22::/64") && file.mtu == 1430 && file.masquerades)
        #expect(String(decoding: file.text, as: UTF8.self) == Self.flannel)
    }

    @Test func `comments, blanks, quotation marks, other keys and several networks are taken`() throws {
        let text = """
            # by hand\r
             FLANNEL_NETWORK = "10.4.0.0/16,10.5.0.0/16"\r

            OTHER=a=b
            FLANNEL_SUBNET='10.5.34.1/24'
            FLANNEL_MTU=1450
            """
        let file = try SubnetFile(parsing: Array(text.utf8))
        #expect(file.v4?.networks.count == 2 && file.v6 == nil && file.mtu == 1450 && !file.masquerades)
    }

    @Test(arguments: [
        ("", "neither FLANNEL_SUBNET"), ("x", "\"x\" is not KEY=VALUE"),
        ("FLANNEL_SUBNET=10.5.34.1/24\n", "FLANNEL_NETWORK: missing"),
        ("FLANNEL_SUBNET=10.5.34.1\n", "FLANNEL_SUBNET: "),
        ("FLANNEL_IPV6_SUBNET=10.5.34.1/24", "FLANNEL_IPV6_SUBNET: "),
        (
            "FLANNEL_SUBNET=10.5.34.1/24\nFLANNEL_NETWORK=10.6.0.0/16",
            "FLANNEL_SUBNET: 10.5.34.0/24 is not in"
        ),
        ("FLANNEL_SUBNET=10.5.34.1/24\nFLANNEL_NETWORK=10.5.0.0/16", "FLANNEL_MTU: \"\""),
        ("FLANNEL_SUBNET=10.5.34.1/24\nFLANNEL_NETWORK=10.5.0.0/16\nFLANNEL_MTU=0", "FLANNEL_MTU: \"0\""),
        (
            "FLANNEL_SUBNET=10.5.34.1/24\nFLANNEL_NETWORK=10.5.0.0/16\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=yes",
            "FLANNEL_IPMASQ: \"yes\""
        ),
    ])
    func `a line that makes no sense is named`(text: String, place: String) {
        let found = message { _ = try SubnetFile(parsing: Array(text.utf8)) }
        #expect(found?.hasPrefix(place) == true, "\(found ?? "none")")
    }

    private func record(_ samples: inout Samples) throws -> AgentRecord? {
        let configuration = try OverlayConfiguration(json: samples.configuration())
        func part(_ family: IPAddress.Family, _ samples: inout Samples) throws -> Lease.Part? {
            guard let pool = configuration[family] else { return nil }
            let subnet = try #require(pool.subnet(samples.number(0...pool.subnetCount - 1)))
            return Lease.Part(
                subnet: subnet, publicIP: samples.nodeAddress(family),
                tunnel: configuration.backend.isTunnel ? samples.tunnel() : nil)
        }
        let lease = Lease(
            v4: try part(.v4, &samples), v6: try part(.v6, &samples),
            backendType: configuration.backend.kind.rawValue)
        return AgentRecord(
            configuration: configuration, lease: lease, devices: samples.chance() ? ["flannel.1"] : [],
            mtu: UInt32(samples.number(1280...9000)), masquerades: samples.chance(),
            lastContact: Int64(samples.number(0...2_000_000_000)))
    }

    @Test func `both files survive the way to the disk and back`() throws {
        let folder = try TemporaryFolder()
        try forSamples(100) { samples in
            let record = try #require(try record(&samples))
            for file in [NodeFile.record(record), .subnet(record.subnetFile)] {
                let path = "\(folder.path)/new/\(samples.number(0...3))"
                try file.write(to: path)
                try #require(try NodeFile(reading: path) == file, "TEST_SEED=\(Seeded.seed) \(file)")
            }
        }
        #expect(try NodeFile(reading: "\(folder.path)/none") == nil)
        #expect(try NodeFile(reading: "\(folder.path)/new/0/none") == nil)
    }

    @Test func `whatever operation of a write fails, the old file or the new one is there`() throws {
        var samples = Samples()
        let (old, new) = (try #require(try record(&samples)), try #require(try record(&samples)))
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/agent.json"
        try NodeFile.record(old).write(to: path)
        let (operations, _) = try FaultInjection.operations { try NodeFile.record(new).write(to: path) }
        #expect(operations.count > 2)
        for index in operations.indices {
            try NodeFile.record(old).write(to: path)
            _ = try? FaultInjection.halting(at: index) { try NodeFile.record(new).write(to: path) }
            let found = try #require(try NodeFile(reading: path))
            #expect(found == .record(old) || found == .record(new), "\(operations[index])")
        }
    }

    @Test(arguments: [
        ("{}", "version: missing"), (#"{"version": 9}"#, "version: 9"),
        (
            #"{"version": 1, "network": {"Network": "10.5.0.0/16"}, "lease": {"key": "x"}}"#,
            "lease.key: \"x\""
        ),
        (
            #"{"version": 1, "network": {"Network": "10.5.0.0/16"}, "lease": {"key": "10.5.1.0-24", "value": 1}}"#,
            "lease.value: expected an object"
        ),
        (
            #"{"version":1,"network":{"Network":"10.5.0.0/16"},"lease":{"key":"fd00::-64","value":"#
                + #"{"PublicIPv6":"2001:db8::1"}},"mtu":1450,"lastContact":0}"#,
            "lease.key: no IPv4 subnet"
        ),
        (
            #"{"version":1,"network":{"Network":"10.5.0.0/16"},"lease":{"key":"10.5.1.0-24","value":"#
                + #"{"PublicIP":"192.0.2.1"}},"mtu":1}"#, "mtu: 1 is not"
        ),
    ])
    func `a record that makes no sense is refused with the place`(text: String, place: String) {
        let found = message { _ = try AgentRecord(parsing: Array(text.utf8)) }
        #expect(found?.hasPrefix(place) == true, "\(found ?? "none")")
    }
}
