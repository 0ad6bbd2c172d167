// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import NetworkState

/// The vrf plugin's keys.
public struct VRFConfiguration: KeyedConfiguration {
    /// The domain's name, which is a link's; empty if it is missing.
    let domain: String
    /// The domain's table; nil for that of the domain that is there, or a free one.
    let table: UInt32?
    /// What the container has of routing, once it has been looked at.
    var survey: RoutingSurvey?

    /// Every key that is read here.
    public static let keys = ["vrfname", "table"]

    /// Reads the keys.
    public init(_ document: JSON) throws(CNIError) {
        let keys = JSONCursor(document)
        domain = try keys["vrfname"].text() ?? ""
        let number: UInt32 = try keys["table"].integer() ?? 0
        table = number == 0 ? nil : number
    }

    /// Refuses what no ADD can take.
    public func validate() throws(CNIError) {
        if domain.isEmpty { throw CNIError(.invalidConfiguration, at: "vrfname", "missing") }
        try InterfaceKeys.requireName(domain, at: "vrfname")
    }

    /// The domain's table; nil before the container has been looked at.
    var chosenTable: UInt32? {
        table
            ?? survey.map { survey in
                survey.domains.first { $0.name == domain }?.table ?? survey.freeTable(from: 1)
            }
    }

    /// Refuses an interface that is in another domain or bridge, and a domain with another table than is asked for.
    func refuseOthers(_ interface: String) throws(CNIError) {
        if let master = survey?.master, master != domain {
            throw CNIError(CNIError.notAsDescribed, "\(interface) belongs to \(master) already")
        }
        if let table, let there = survey?.domains.first(where: { $0.name == domain }), there.table != table {
            throw CNIError(
                CNIError.notAsDescribed, "VRF \(domain) is there with table \(there.table), not \(table)")
        }
    }
}
