// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import CNITypes
import Testing
import VXLANOverlay

/// Leases as flannel has them in etcd and in Kubernetes.
struct LeaseTests {
    static let v4 =
        #"{"PublicIP":"192.0.2.7","PublicIPv6":null,"BackendType":"vxlan","#
        + #""BackendData":{"VNI":1,"VtepMAC":"5a:93:6c:9d:1c:f1"}}"#
    static let both =
        #"{"PublicIP":"192.0.2.7","PublicIPv6":"2001:db8::7","BackendType":"vxlan","#
        + #""BackendData":{"VNI":1,"VtepMAC":"5a:93:6c:9d:1c:f1"},"#
        + #""BackendV6Data":{"VNI":1,"VtepMAC":"5a:93:6c:9d:1c:f2"}}"#
    static let plain = #"{"PublicIP":"192.0.2.7","PublicIPv6":null,"BackendType":"host-gw"}"#

    @Test(arguments: [
        ("10.5.34.0-24", v4), ("10.5.34.0-24&fd00:5:22::-64", both), ("10.5.34.0-24", plain),
        (
            "fd00:5:22::-64",
            #"{"PublicIP":"0.0.0.0","PublicIPv6":"2001:db8::7","BackendType":"vxlan","#
                + #""BackendV6Data":{"VNI":1,"VtepMAC":"5a:93:6c:9d:1c:f2"}}"#
        ),
    ])
    func `a lease of flannel's is read, and written byte for byte`(key: String, value: String) throws {
        let lease = try Lease(key: key, value: Array(value.utf8))
        #expect(lease.key.description == key)
        #expect(String(decoding: lease.value, as: UTF8.self) == value)
    }

    @Test func `what a lease says is understood`() throws {
        let lease = try Lease(key: "10.5.34.0-24&fd00:5:22::-64", value: Array(Self.both.utf8))
        #expect(lease.v4?.subnet == IPPrefix("10.5.34.0/24") && lease.v4?.gateway == IPAddress("10.5.34.0"))
        #expect(lease.v4?.publicIP == IPAddress("192.0.2.7"))
        #expect(lease.v4?.tunnel?.mac == MACAddress("5a:93:6c:9d:1c:f1") && lease.v4?.tunnel?.vni == 1)
        #expect(lease.v6?.subnet == IPPrefix("fd00:5:22::/64") && lease.backendType == "vxlan")
        #expect(lease.v6?.publicIP == IPAddress("2001:db8::7"))
    }

    @Test func `members that are not known are left alone`() throws {
        let value = Self.v4.dropLast() + #","Later":{"a":[1]},"BackendV6Data":null}"#
        let lease = try Lease(key: "10.5.34.0-24", value: Array(value.utf8))
        #expect(try lease == Lease(key: "10.5.34.0-24", value: Array(Self.v4.utf8)))
    }

    @Test(arguments: [
        "", "10.5.34.0", "10.5.34.0-", "10.5.34.0-33", "10.5.34.0-31", "10.5.34.1-24", "10.5.34.0-024",
        "0.0.0.0-0",
        "10.5.34.0-24&", "&fd00::-64", "10.5.34.0-24&10.6.0.0-24", "fd00::-64&10.5.34.0-24",
        "fd00::-64&fd01::-64",
        "fd00::1-64", "10.5.34.0-24&fd00::-64&fd01::-64", "10.5.34.0-24/x", "a/10.5.34.0-24", "10.5.34.0 -24",
        "10.5.34.0-24\n", "1" + String(repeating: "0", count: 5000),
    ])
    func `what is not the name of a lease is refused`(key: String) {
        #expect(SubnetKey(key) == nil)
        #expect(message { _ = try Lease(key: key, value: Array(Self.v4.utf8)) } != nil)
    }

    @Test(arguments: [
        ("", "not JSON"), ("null", "lease 10.5.34.0-24: expected an object"),
        ("{}", "lease 10.5.34.0-24.PublicIP: "),
        (#"{"PublicIP": "127.0.0.1"}"#, "lease 10.5.34.0-24.PublicIP: 127.0.0.1 is not"),
        (#"{"PublicIP": "0.0.0.0"}"#, "lease 10.5.34.0-24.PublicIP: "),
        (#"{"PublicIP": "224.0.0.1"}"#, "lease 10.5.34.0-24.PublicIP: "),
        (#"{"PublicIP": "255.255.255.255"}"#, "lease 10.5.34.0-24.PublicIP: "),
        (#"{"PublicIP": "fd00::1"}"#, "lease 10.5.34.0-24.PublicIP: "),
        (#"{"PublicIP": "192.0.2.7; reboot"}"#, "lease 10.5.34.0-24.PublicIP: "),
        (#"{"PublicIP": "192.0.2.7", "BackendType": "vxlan"}"#, "lease 10.5.34.0-24.BackendData: "),
        (#"{"PublicIP": "192.0.2.7", "BackendType": {}}"#, "lease 10.5.34.0-24.BackendType: "),
        (
            #"{"PublicIP": "192.0.2.7", "BackendType": "vxlan", "BackendData": {"VNI": 1}}"#,
            "lease 10.5.34.0-24.BackendData.VtepMAC: missing"
        ),
        (
            #"{"PublicIP": "192.0.2.7", "BackendType": "vxlan", "BackendData": {"VtepMAC": "02:00:00:00:00:01"}}"#,
            "lease 10.5.34.0-24.BackendData.VNI: missing"
        ),
        (
            #"{"PublicIP":"192.0.2.7","BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"ff:ff:ff:ff:ff:ff"}}"#,
            "lease 10.5.34.0-24.BackendData.VtepMAC: ff:ff"
        ),
        (
            #"{"PublicIP":"192.0.2.7","BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"00:00:00:00:00:00"}}"#,
            "lease 10.5.34.0-24.BackendData.VtepMAC: 00:00"
        ),
        (
            #"{"PublicIP":"192.0.2.7","BackendType":"vxlan","BackendData":{"VNI":-1,"VtepMAC":"02:00:00:00:00:01"}}"#,
            "lease 10.5.34.0-24.BackendData.VNI: "
        ),
    ])
    func `a value that no node can have is refused with its place`(value: String, place: String) {
        let found = message { _ = try Lease(key: "10.5.34.0-24", value: Array(value.utf8)) }
        #expect(found?.hasPrefix(place) == true, "\(found ?? "none")")
    }

    @Test func `random names and leases survive the way to etcd and back`() throws {
        try forSamples(2000) { samples in
            let lease = samples.lease()
            let note = Comment(rawValue: "TEST_SEED=\(Seeded.seed) \(lease)")
            try #require(SubnetKey(lease.key.description) == lease.key, note)
            try #require(try Lease(key: lease.key.description, value: lease.value) == lease, note)
        }
    }

    @Test func `random leases survive the way to a node's annotations and back`() throws {
        try forSamples(2000) { samples in
            let lease = samples.lease()
            let prefix = samples.chance() ? NodeAnnotation.usualPrefix : "example.net/x"
            let subnets = [lease.v6?.subnet, lease.v4?.subnet].compactMap { $0 }
            let again = try Lease.ofNode(
                annotations: lease.annotations(prefix: prefix), podCIDRs: subnets, prefix: prefix)
            try #require(again == lease, "TEST_SEED=\(Seeded.seed) \(lease)")
        }
    }

    @Test func `random bytes are rejected or read, never a trap`() throws {
        try forSamples(2000) { samples in
            var bytes = Array(Self.both.utf8)
            for _ in 0...samples.number(0...3) {
                bytes[samples.number(0...bytes.count - 1)] = UInt8(samples.number(0...255))
            }
            let note = Comment(rawValue: "TEST_SEED=\(Seeded.seed) \(String(decoding: bytes, as: UTF8.self))")
            do {
                let lease = try Lease(key: "10.5.34.0-24&fd00:5:22::-64", value: bytes)
                try #require(lease.v4?.tunnel?.mac.isMulticast != true, note)
            } catch let error as CNIError {
                try #require(error.code == .decodingFailure, note)
            }
        }
    }

    @Test func `a node's annotations are flannel's`() throws {
        let lease = try Lease(key: "10.5.34.0-24", value: Array(Self.v4.utf8))
        #expect(
            lease.annotations() == [
                "flannel.alpha.coreos.com/kube-subnet-manager": "true",
                "flannel.alpha.coreos.com/backend-type": "vxlan",
                "flannel.alpha.coreos.com/backend-data": #"{"VNI":1,"VtepMAC":"5a:93:6c:9d:1c:f1"}"#,
                "flannel.alpha.coreos.com/public-ip": "192.0.2.7",
            ])
        let subnets = [IPPrefix("10.5.34.0/24"), IPPrefix("fd00::/64")].compactMap { $0 }
        #expect(try Lease.ofNode(annotations: lease.annotations(), podCIDRs: subnets) == lease)
        #expect(try Lease.ofNode(annotations: lease.annotations(), podCIDRs: []) == nil)
        #expect(try Lease.ofNode(annotations: [:], podCIDRs: subnets) == nil)
    }

    @Test func `a mistake in one family leaves the other one`() throws {
        let name = "10.5.34.0-24&fd00:5:22::-64"
        let value =
            #"{"PublicIP":"192.0.2.7","PublicIPv6":"::1","BackendType":"vxlan","BackendData":"#
            + #"{"VNI":1,"VtepMAC":"02:00:00:00:00:07"},"BackendV6Data":{"VNI":1,"VtepMAC":"02:00:00:00:00:08"}}"#
        let reading = LeaseReading(key: name, value: Array(value.utf8))
        #expect(reading.lease?.v4?.publicIP.description == "192.0.2.7")
        #expect(reading.lease?.v6 == nil)
        #expect(reading.mistakes.count == 1 && reading.mistakes[0].contains("PublicIPv6: ::1 is not"))
        #expect(throws: CNIError.self) { try Lease(key: name, value: Array(value.utf8)) }
        // Of a value that is none nothing is left.
        #expect(LeaseReading(key: name, value: [1]).lease == nil)
    }

    @Test func `an annotation that makes no sense is named`() throws {
        let lease = try Lease(key: "10.5.34.0-24", value: Array(Self.v4.utf8))
        var annotations = lease.annotations()
        let key = "flannel.alpha.coreos.com/backend-data"
        annotations[key] = #"{"VNI": 1, "VtepMAC": "x"}"#
        let subnets = [IPPrefix("10.5.34.0/24")].compactMap { $0 }
        let found = message { _ = try Lease.ofNode(annotations: annotations, podCIDRs: subnets) }
        #expect(found?.hasPrefix("\(key).VtepMAC: ") == true, "\(found ?? "none")")
    }
}
