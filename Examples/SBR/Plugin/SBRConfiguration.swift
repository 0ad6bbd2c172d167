// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import NetworkState

/// The sbr plugin's keys.
public struct SBRConfiguration: KeyedConfiguration {
    /// The table that somebody else fills; nil for tables of the plugin's own.
    let table: UInt32?
    /// The gateways of the tables, one for each family, in place of the result's.
    let gateways: [IPAddress]
    /// Whether the networks on the link stay in the main table, with the interface's address as the source they suggest.
    let addsSourceHints: Bool
    /// What the container has of routing, once it has been looked at.
    var survey: RoutingSurvey?

    /// Every key that is read here.
    public static let keys = ["table", "gateways[]", "addSourceHints"]

    /// Reads the keys.
    public init(_ document: JSON) throws(CNIError) {
        let keys = JSONCursor(document)
        table = try keys["table"].integer()
        var gateways: [IPAddress] = []
        for element in try keys["gateways"].elements() {
            if let gateway = try element.address() { gateways.append(gateway) }
        }
        self.gateways = gateways
        addsSourceHints = try keys["addSourceHints"].bool() ?? false
    }

    /// Refuses what no ADD can take.
    public func validate() throws(CNIError) {
        if table == 0 { throw CNIError(.invalidConfiguration, at: "table", "0 is no table") }
        for (index, gateway) in gateways.enumerated()
        where gateways[..<index].contains(where: { $0.family == gateway.family }) {
            throw CNIError(
                .invalidConfiguration, at: "gateways", "\(gateway) is the second of its family")
        }
    }

    /// The gateway for packets from an address; nil if nobody names one.
    func gateway(of address: CNIResult.IPConfiguration) -> IPAddress? {
        gateways.first { $0.family == address.address.family } ?? address.gateway
    }
}
