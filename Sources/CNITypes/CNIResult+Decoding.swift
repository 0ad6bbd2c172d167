// SPDX-License-Identifier: Apache-2.0

extension CNIResult {
    /// Reads a result in the format of its `cniVersion`.
    ///
    /// Fields that came with a later version of the same format are read too: the reference implementation
    /// writes them. An empty gateway counts as none, as does a `null` anywhere something is optional.
    ///
    /// - Parameter version: the version of a document that does not tell its own; 0.1.0 if nil.
    /// - Throws: ``CNIError/Code/decodingFailure``, with the place in the document.
    public init(json: JSON, version: SpecVersion? = nil) throws(CNIError) {
        try self.init(json: json, version: version, at: "", failingWith: .decodingFailure)
    }

    init(
        json: JSON, version: SpecVersion?, at path: String, failingWith code: CNIError.Code
    ) throws(CNIError) {
        let version = try Self.version(of: json, at: path, failingWith: code) ?? version ?? .v0_1_0
        switch version.resultFormat {
        case nil:
            throw CNIError(code, "\(path.isEmpty ? "" : "\(path).")cniVersion: \"\(version)\" is not known")
        case .byFamily:
            self = try json.decode(ResultByFamily.self, at: path, failingWith: code).result
        case .lists, .listsWithoutFamily:
            self = try json.decode(ResultLists.self, at: path, failingWith: code).result
        }
    }

    /// The version that a result tells, or nil if it tells none.
    static func version(
        of json: JSON, at path: String, failingWith code: CNIError.Code
    ) throws(CNIError) -> SpecVersion? {
        guard let text = json["cniVersion"]?.string, !text.isEmpty else { return nil }
        guard let version = SpecVersion(text) else {
            throw CNIError(
                code, "\(path.isEmpty ? "" : "\(path).")cniVersion: \"\(text)\" is not a version")
        }
        return version
    }
}

/// The format of 0.3.0 and later.
private struct ResultLists: Decodable {
    let result: CNIResult

    private enum Key: String, CodingKey {
        case interfaces, ips, routes, dns
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        result = CNIResult(
            interfaces: try members.decodeIfPresent([CNIResult.Interface].self, forKey: .interfaces) ?? [],
            ips: try members.decodeIfPresent([CNIResult.IPConfiguration].self, forKey: .ips) ?? [],
            routes: try members.decodeIfPresent([CNIResult.Route].self, forKey: .routes) ?? [],
            dns: try members.decodeIfPresent(DNS.self, forKey: .dns) ?? DNS())
    }
}

/// The format of 0.1.0 and 0.2.0.
private struct ResultByFamily: Decodable {
    let result: CNIResult

    private struct Family: Decodable {
        var ip: IPPrefix
        var gateway: IPAddress?
        var routes: [CNIResult.Route]

        private enum Key: String, CodingKey {
            case ip, gateway, routes
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            ip = try members.decode(IPPrefix.self, forKey: .ip)
            gateway = try members.decodeGateway(forKey: .gateway)
            routes = try members.decodeIfPresent([CNIResult.Route].self, forKey: .routes) ?? []
        }
    }

    private enum Key: String, CodingKey {
        case ip4, ip6, dns
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        let families = [
            try members.decodeIfPresent(Family.self, forKey: .ip4),
            try members.decodeIfPresent(Family.self, forKey: .ip6),
        ].compactMap(\.self)
        result = CNIResult(
            ips: families.map { CNIResult.IPConfiguration(address: $0.ip, gateway: $0.gateway) },
            routes: families.flatMap(\.routes),
            dns: try members.decodeIfPresent(DNS.self, forKey: .dns) ?? DNS())
    }
}

extension CNIResult.Interface: Decodable {
    private enum Key: String, CodingKey {
        case name, mac, mtu, sandbox, socketPath, pciID
    }

    /// Decodes an interface in the format of 0.3.0 and later.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        self.init(
            name: try members.decode(String.self, forKey: .name),
            mac: try members.decodeText(forKey: .mac),
            mtu: try members.decodeIfPresent(UInt32.self, forKey: .mtu),
            sandbox: try members.decodeText(forKey: .sandbox),
            socketPath: try members.decodeText(forKey: .socketPath),
            pciID: try members.decodeText(forKey: .pciID))
    }
}

extension CNIResult.IPConfiguration: Decodable {
    private enum Key: String, CodingKey {
        case address, gateway, interface
    }

    /// Decodes an address in the format of 0.3.0 and later.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        self.init(
            address: try members.decode(IPPrefix.self, forKey: .address),
            gateway: try members.decodeGateway(forKey: .gateway),
            interface: try members.decodeIfPresent(Int.self, forKey: .interface))
    }
}

extension CNIResult.Route: Decodable {
    private enum Key: String, CodingKey {
        case dst, gw, mtu, advmss, priority, table, scope
    }

    /// Decodes a route, as it is in results and in IPAM configurations.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        self.init(
            destination: try members.decode(IPPrefix.self, forKey: .dst),
            gateway: try members.decodeGateway(forKey: .gw),
            mtu: try members.decodeIfPresent(UInt32.self, forKey: .mtu),
            advmss: try members.decodeIfPresent(UInt32.self, forKey: .advmss),
            priority: try members.decodeIfPresent(UInt32.self, forKey: .priority),
            table: try members.decodeIfPresent(UInt32.self, forKey: .table),
            scope: try members.decodeIfPresent(UInt8.self, forKey: .scope))
    }
}

extension KeyedDecodingContainer {
    /// A string, with nil for an empty one.
    fileprivate func decodeText(forKey key: Key) throws -> String? {
        try decodeIfPresent(String.self, forKey: key).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// An address, with nil for an empty string.
    fileprivate func decodeGateway(forKey key: Key) throws -> IPAddress? {
        if contains(key), let text = try? decode(String.self, forKey: key), text.isEmpty { return nil }
        return try decodeIfPresent(IPAddress.self, forKey: key)
    }
}
