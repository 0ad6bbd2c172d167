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
        try self.init(JSONCursor(json, failingWith: .decodingFailure), version: version)
    }

    init(_ cursor: JSONCursor, version: SpecVersion?) throws(CNIError) {
        _ = try cursor.members()
        let version = try Self.version(of: cursor) ?? version ?? .v0_1_0
        switch version.resultFormat {
        case nil:
            throw cursor["cniVersion"].failure("CNI version \(version) is not known")
        case .byFamily:
            self.init()
            for family in ["ip4", "ip6"] { try read(family: cursor[family]) }
        case .lists, .listsWithoutFamily:
            self.init()
            for element in try cursor["interfaces"].elements() { interfaces.append(try Interface(element)) }
            for element in try cursor["ips"].elements() { ips.append(try IPConfiguration(element)) }
            for element in try cursor["routes"].elements() { routes.append(try Route(element)) }
        }
        dns = try DNS(cursor["dns"])
    }

    /// The version that a result tells, or nil if it tells none.
    static func version(of cursor: JSONCursor) throws(CNIError) -> SpecVersion? {
        let cursor = cursor["cniVersion"]
        guard try cursor.nonEmptyText() != nil else { return nil }
        return try cursor.parsed("a version") { SpecVersion($0) }
    }

    /// Reads `ip4` or `ip6` of 0.1.0 and 0.2.0.
    private mutating func read(family cursor: JSONCursor) throws(CNIError) {
        guard try cursor.members() != nil else { return }
        let address = try cursor["ip"].required(cursor["ip"].prefix())
        ips.append(IPConfiguration(address: address, gateway: try cursor["gateway"].address()))
        for element in try cursor["routes"].elements() { routes.append(try Route(element)) }
    }
}

extension CNIResult.Interface {
    init(_ cursor: JSONCursor) throws(CNIError) {
        try cursor.requireObject()
        self.init(
            name: try cursor["name"].required(cursor["name"].text()),
            mac: try cursor["mac"].nonEmptyText(),
            mtu: try cursor["mtu"].integer(),
            sandbox: try cursor["sandbox"].nonEmptyText(),
            socketPath: try cursor["socketPath"].nonEmptyText(),
            pciID: try cursor["pciID"].nonEmptyText())
    }
}

extension CNIResult.IPConfiguration {
    init(_ cursor: JSONCursor) throws(CNIError) {
        try cursor.requireObject()
        self.init(
            address: try cursor["address"].required(cursor["address"].prefix()),
            gateway: try cursor["gateway"].address(),
            interface: try cursor["interface"].integer())
    }
}

extension CNIResult.Route {
    package init(_ cursor: JSONCursor) throws(CNIError) {
        try cursor.requireObject()
        self.init(
            destination: try cursor["dst"].required(cursor["dst"].prefix()),
            gateway: try cursor["gw"].address(),
            mtu: try cursor["mtu"].integer(),
            advmss: try cursor["advmss"].integer(),
            priority: try cursor["priority"].integer(),
            table: try cursor["table"].integer(),
            scope: try cursor["scope"].integer())
    }
}

extension CNIResult.Route: Decodable {
    /// Decodes a route as it is in results, and in the configurations of IPAM plugins.
    public init(from decoder: any Decoder) throws {
        self = try decoder.read { cursor throws(CNIError) in try CNIResult.Route(cursor) }
    }
}
