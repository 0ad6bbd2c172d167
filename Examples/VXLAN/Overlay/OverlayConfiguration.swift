// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import CNITypes

/// The cluster's network as flannel's `net-conf.json` or the `config` key in etcd describes it.
public struct OverlayConfiguration: Hashable, Sendable {
    /// The IPv4 addresses; nil if `EnableIPv4` is false.
    public let v4: AddressPool?
    /// The IPv6 addresses; nil unless `EnableIPv6` is true.
    public let v6: AddressPool?
    /// How packets get from node to node.
    public let backend: OverlayBackend

    /// Reads a configuration.
    ///
    /// Keys match without regard to case; those that are not known are left alone.
    ///
    /// - Throws: ``CNIError/Code/invalidConfiguration`` with the path of the key.
    public init(json: JSON) throws(CNIError) {
        let keys = JSONCursor(json)
        try keys.requireObject()
        let hasIPv4 = try keys["EnableIPv4"].bool() ?? true
        let hasIPv6 = try keys["EnableIPv6"].bool() ?? false
        guard hasIPv4 || hasIPv6 else {
            throw keys["EnableIPv4"].failure("false, and EnableIPv6 is not true: no addresses are left")
        }
        v4 = hasIPv4 ? try AddressPool(.v4, keys) : nil
        v6 = hasIPv6 ? try AddressPool(.v6, keys) : nil
        backend = try OverlayBackend(keys["Backend"])
        // IFNAMSIZ leaves 15 bytes for a name.
        for family in families where backend.kind == .vxlan && backend.deviceName(family).utf8.count > 15 {
            throw keys["Backend"]["VNI"].failure(
                "\(backend.vni) leaves no room in the name \(backend.deviceName(family)) (15 bytes)")
        }
    }

    /// Parses and reads a configuration.
    ///
    /// - Throws: As ``init(json:)``, and ``CNIError/Code/decodingFailure`` for what is not JSON.
    public init(parsing text: [UInt8]) throws(CNIError) {
        try self.init(json: JSON(parsing: text))
    }

    /// The families that the cluster has addresses of.
    public var families: [IPAddress.Family] { [v4, v6].compactMap { $0?.network.family } }

    /// The addresses of a family.
    public subscript(family: IPAddress.Family) -> AddressPool? { family == .v4 ? v4 : v6 }

    /// The document, with what it left to defaults.
    public var json: JSON {
        var object = JSONObject()
        object["EnableIPv4"] = .bool(v4 != nil)
        object["EnableIPv6"] = .bool(v6 != nil)
        v4?.write(to: &object)
        v6?.write(to: &object)
        object["Backend"] = backend.json
        return .object(object)
    }
}
