// SPDX-License-Identifier: Apache-2.0

internal import Addressing
public import CNITypes

extension Lease {
    /// Reads a lease from etcd: the last part of its key, and its value.
    ///
    /// Members that are not known are left alone. What a node publishes ends up in other nodes' kernels, so that an
    /// address or a MAC address that no node can have is refused.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` with the path of the member.
    public init(key: String, value: [UInt8]) throws(CNIError) {
        self = try LeaseReading(key: key, value: value).complete()
    }

    init(_ value: JSONCursor, _ subnets: SubnetKey) throws(CNIError) {
        self = try LeaseReading(value, subnets).complete()
    }

    /// The value that etcd has, byte for byte as flannel writes it.
    public var value: [UInt8] {
        var members: [(String, JSON)] = [
            ("PublicIP", JSON(v4?.publicIP ?? .unspecified(.v4))),
            ("PublicIPv6", v6.map { JSON($0.publicIP) } ?? .null),
            ("BackendType", .string(backendType)),
        ]
        if let tunnel = v4?.tunnel { members.append(("BackendData", tunnel.json)) }
        if let tunnel = v6?.tunnel { members.append(("BackendV6Data", tunnel.json)) }
        let text = members.map { "\(JSON.string($0.0)):\($0.1)" }.joined(separator: ",")
        return Array("{\(text)}".utf8)
    }
}

extension LeaseReading {
    /// Reads what etcd has of a lease: the last part of its key, and its value.
    public init(key: String, value: [UInt8]) {
        guard let subnets = SubnetKey(key) else {
            self.init(mistake: "\"\(key.prefix(80))\" is not the name of a lease")
            return
        }
        guard value.count <= 1 << 16 else {
            self.init(mistake: "lease \(subnets): \(value.count) bytes are too many")
            return
        }
        do throws(CNIError) {
            let keys = JSONCursor(
                try JSON(parsing: value), at: JSONPath().member("lease \(subnets)"),
                failingWith: .decodingFailure)
            try self.init(keys, subnets)
        } catch {
            self.init(mistake: error.message)
        }
    }

    init(_ value: JSONCursor, _ subnets: SubnetKey) throws(CNIError) {
        try value.requireObject()
        let type = try value["BackendType"].text() ?? ""
        self.init(backendType: type) { (family) throws(CNIError) in
            guard let subnet = family == .v4 ? subnets.v4 : subnets.v6 else { return nil }
            return try Lease.Part(
                subnet, type, publicIP: value[family == .v4 ? "PublicIP" : "PublicIPv6"],
                data: value[family == .v4 ? "BackendData" : "BackendV6Data"])
        }
    }
}

extension Lease.Part {
    init(
        _ subnet: IPPrefix, _ type: String, publicIP: JSONCursor, data: JSONCursor
    ) throws(CNIError) {
        let address = try publicIP.required(try publicIP.address())
        guard address.family == subnet.family, address.canBeNode else {
            throw publicIP.failure("\(address) is not the \(subnet.family.name) address of a node")
        }
        let isTunnel = type == OverlayBackend.Kind.vxlan.rawValue
        self.init(subnet: subnet, publicIP: address, tunnel: isTunnel ? try Lease.Tunnel(data) : nil)
    }
}

extension Lease.Tunnel {
    init(_ data: JSONCursor) throws(CNIError) {
        try data.requireObject()
        let vni: UInt32 = try data["VNI"].required(try data["VNI"].integer())
        guard vni < 1 << 24 else { throw data["VNI"].failure("\(vni) is not below 16777216") }
        let mac = try data["VtepMAC"].required(try data["VtepMAC"].mac())
        guard !mac.isMulticast, mac.bits != 0 else {
            throw data["VtepMAC"].failure("\(mac) is not the address of a device")
        }
        self.init(vni: vni, mac: mac)
    }

    /// As Go writes it: `{"VNI":1,"VtepMAC":"02:…"}`.
    var json: JSON { ["VNI": JSON(vni), "VtepMAC": JSON(mac)] }
}

extension IPAddress {
    /// Whether packets can be sent to a node of this address.
    ///
    /// Not to link-local ones of IPv6, which mean nothing without an interface.
    var canBeNode: Bool {
        if isUnspecified || isMulticast || isLoopback { return false }
        switch family {
        case .v4: return bits >> 28 != 0xf  // 240.0.0.0/4 and the broadcast address
        case .v6: return !isLinkLocal && bits >> 32 != 0xffff  // IPv4-mapped
        }
    }
}
