// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import Netlink
internal import NetworkState

/// Which tables an interface's addresses have: those that lead there already, or free ones.
struct SourceTables {
    private let survey: RoutingSurvey

    /// Those of the reference plugin begin there, too.
    private static let first: UInt32 = 100

    init(_ survey: RoutingSurvey) { self.survey = survey }

    /// A table for each address.
    func tables(
        for addresses: [CNIResult.IPConfiguration]
    ) -> [(address: CNIResult.IPConfiguration, table: UInt32)] {
        var chosen: [(address: CNIResult.IPConfiguration, table: UInt32)] = []
        let known = addresses.compactMap { ruleOfInterface($0.address)?.table }
        for ip in addresses {
            let taken = known + chosen.map(\.table)
            let table =
                ruleOfInterface(ip.address)?.table ?? tableWithoutRule(ip.address.family, besides: taken)
                ?? survey.freeTable(from: Self.first, besides: taken)
            chosen.append((ip, table))
        }
        return chosen
    }

    /// The rule for another interface that has an address.
    func ruleOfOthers(_ address: IPPrefix) -> Rule? {
        rules(of: address).first { survey.tablesOfOthers.contains($0.table) }
    }

    private func ruleOfInterface(_ address: IPPrefix) -> Rule? {
        rules(of: address).first { !survey.tablesOfOthers.contains($0.table) }
    }

    private func rules(of address: IPPrefix) -> [Rule] {
        survey.rules.filter { $0 == Rule(from: address, to: $0.table) }
    }

    /// A table with the interface's routes to which no rule leads any more.
    private func tableWithoutRule(_ family: IPAddress.Family, besides taken: [UInt32]) -> UInt32? {
        survey.routes.first { route in
            route.destination.family == family && route.protocol == Ownership.routingProtocol
                && route.table != Route.mainTable && !taken.contains(route.table)
                && !survey.rules.contains { $0.table == route.table }
        }?.table
    }
}

extension Rule {
    /// The rule that has packets from an address look up a table.
    ///
    /// Before the main table's (32766), and after those of whoever gives a rule a number of his own.
    init(from address: IPPrefix, to table: UInt32) {
        self.init(address.family, priority: 32000, table: table)
        source = IPPrefix(host: address.address)
        `protocol` = Ownership.routingProtocol
    }
}
