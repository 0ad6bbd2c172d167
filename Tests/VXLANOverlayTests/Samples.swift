// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import CNITypes
import VXLANOverlay

/// Random networks and leases.
struct Samples {
    var generator: Seeded

    init(_ stream: Int = 0) { generator = Seeded(stream) }

    mutating func chance(_ percent: Int = 50) -> Bool { number(0...99) < percent }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func bits(_ family: IPAddress.Family) -> UInt128 {
        let high = UInt128(UInt64.random(in: 0...UInt64.max, using: &generator))
        return IPAddress(
            family, bits: high << 64 | UInt128(UInt64.random(in: 0...UInt64.max, using: &generator))
        ).bits
    }

    /// An address that a node can have.
    mutating func nodeAddress(_ family: IPAddress.Family) -> IPAddress {
        family == .v4
            ? IPAddress(.v4, bits: 0xac10_0000 | bits(.v4) & 0xfffff)
            : IPAddress(.v6, bits: 0x2001_0db8 << 96 | bits(.v6) & 0xffff_ffff)
    }

    mutating func tunnel(_ vni: UInt32 = 1) -> Lease.Tunnel {
        Lease.Tunnel(vni: vni, mac: MACAddress.random(using: &generator))
    }

    /// A lease with any subnets.
    mutating func lease() -> Lease {
        let isTunnel = chance(70)
        let kind = number(0...2)
        func part(_ family: IPAddress.Family, _ samples: inout Samples) -> Lease.Part? {
            let length = samples.number(1...family.bitWidth - 2)
            guard let subnet = IPPrefix(IPAddress(family, bits: samples.bits(family)), length: length) else {
                return nil
            }
            return Lease.Part(
                subnet: subnet, publicIP: samples.nodeAddress(family),
                tunnel: isTunnel ? samples.tunnel(UInt32(samples.number(0...0xff_ffff))) : nil)
        }
        return Lease(
            v4: kind != 1 ? part(.v4, &self) : nil, v6: kind != 0 ? part(.v6, &self) : nil,
            backendType: isTunnel ? "vxlan" : ["host-gw", "", "wireguard \"\\ é"][number(0...2)])
    }

    /// A configuration document that holds.
    mutating func configuration(backend: JSON? = nil) -> JSON {
        let kind = number(0...2)
        var object: JSONObject = [
            "EnableIPv4": .bool(kind != 1), "EnableIPv6": .bool(kind != 0), "Other": ["key": [1, 2.5, "x"]],
        ]
        if kind != 1 {
            let length = number(8...28)
            object["Network"] = .string("\(IPAddress(.v4, bits: bits(.v4)))/\(length)")
            if chance() { object["SubnetLen"] = JSON(number(length + 2...30)) }
        }
        if kind != 0 {
            let length = number(16...124)
            object["IPv6Network"] = .string("\(IPAddress(.v6, bits: bits(.v6)))/\(length)")
            if chance() { object["IPv6SubnetLen"] = JSON(number(length + 2...126)) }
        }
        if let backend {
            object["Backend"] = backend
        } else if chance(80) {
            object["Backend"] = [
                "Type": .string(chance() ? "vxlan" : "host-gw"), "VNI": JSON(number(1...9999)),
                "Port": JSON(number(0...65535)), "DirectRouting": .bool(chance()),
                "Learning": .bool(chance()),
                "MTU": chance() ? JSON(number(1400...9000)) : 0,
                "MacPrefix": chance() ? "0E-2A" : .null,
            ]
        }
        return .object(object)
    }
}

/// Runs a body with many samples, each from a stream of its own.
func forSamples(_ count: Int = 300, _ body: (inout Samples) throws -> Void) rethrows {
    for stream in 0..<count {
        var samples = Samples(stream)
        try body(&samples)
    }
}

/// The message of the error that a body throws, or nil.
func message(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let error as CNIError {
        return "\(error)"
    } catch {
        return "another error: \(error)"
    }
}
