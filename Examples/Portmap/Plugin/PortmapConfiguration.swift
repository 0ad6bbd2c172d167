// SPDX-License-Identifier: Apache-2.0

package import CNIPlugin

/// The portmap plugin's keys.
public struct PortmapConfiguration: Sendable {
    /// What the runtime asks for.
    public let mappings: [PortMapping]
    /// Whether the host itself and the container's neighbours reach the port: their connections are masqueraded.
    public let snat: Bool
    /// Whether all connections seem to come from the host.
    public let masqAll: Bool
    /// The bit of a packet's mark, 0 to 31, that says that its connection is masqueraded.
    public let masqueradeBit: Int
    /// What packets over IPv4 have to be like.
    let conditionsV4: [PacketCondition]
    /// What packets over IPv6 have to be like.
    let conditionsV6: [PacketCondition]

    /// Every key that is read here.
    package static let keys = [
        "backend", "snat", "masqAll", "markMasqBit", "externalSetMarkChain", "conditionsV4[]",
        "conditionsV6[]",
        "runtimeConfig.portMappings[].hostPort", "runtimeConfig.portMappings[].containerPort",
        "runtimeConfig.portMappings[].protocol", "runtimeConfig.portMappings[].hostIP",
    ]

    /// Reads the keys, with the defaults that users of the Go plugin know.
    package init(_ keys: JSONCursor) throws(CNIError) {
        let backend = try keys["backend"].text() ?? ""
        if !["", "iptables", "nftables"].contains(backend) {
            throw keys["backend"].failure("\"\(backend)\" is neither iptables nor nftables")
        }
        snat = try keys["snat"].bool() ?? true
        masqAll = try keys["masqAll"].bool() ?? false
        let bit: Int? = try keys["markMasqBit"].integer()
        if let bit, !(0...31 ~= bit) { throw keys["markMasqBit"].failure("\(bit) is not 0 to 31") }
        masqueradeBit = bit ?? 13
        if bit != nil, try keys["externalSetMarkChain"].nonEmptyText() != nil {
            throw keys["externalSetMarkChain"].failure("excludes markMasqBit")
        }
        conditionsV4 = try PacketCondition.all(keys["conditionsV4"], .v4)
        conditionsV6 = try PacketCondition.all(keys["conditionsV6"], .v6)
        var mappings: [PortMapping] = []
        for element in try keys.capability("portMappings").elements() {
            let mapping = try PortMapping(element)
            if !mappings.contains(mapping) { mappings.append(mapping) }
        }
        self.mappings = mappings
    }

    func conditions(_ family: IPAddress.Family) -> [PacketCondition] {
        family == .v4 ? conditionsV4 : conditionsV6
    }

    /// Whether packets have to be the same for both.
    package func hasSameConditions(as other: PortmapConfiguration) -> Bool {
        conditionsV4 == other.conditionsV4 && conditionsV6 == other.conditionsV6
    }

    func validate() throws(CNIError) {
        for (index, mapping) in mappings.enumerated()
        where mappings[..<index].contains(where: { mapping.contradicts($0) }) {
            throw CNIError(
                .invalidConfiguration,
                at: JSONPath().member("runtimeConfig").member("portMappings"),
                "host port \(mapping.hostPort) leads to two ports of the container")
        }
    }
}
