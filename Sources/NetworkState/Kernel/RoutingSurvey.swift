// SPDX-License-Identifier: Apache-2.0

internal import Addressing
package import Netlink

/// What a namespace has of routing, as one link sees it: for plugins that choose a table there.
package struct RoutingSurvey: Sendable {
    /// A routing domain (VRF) by its name and table.
    package struct Domain: Hashable, Sendable {
        package let name: String
        package let table: UInt32
    }

    /// The routes through the link, in all tables.
    package var routes: [Route] = []
    /// The addresses of the link.
    package var addresses: [InterfaceAddress] = []
    /// The name of the link's master.
    package var master: String?
    /// All rules.
    package var rules: [Rule] = []
    /// All routing domains.
    package var domains: [Domain] = []
    /// The tables that have routes, rules that lead there, or a domain.
    package var tables: [UInt32] = []
    /// The tables that have routes through other links.
    package var tablesOfOthers: [UInt32] = []

    /// Nothing is there.
    package init() {}

    /// The link's routes in the main table.
    package var main: [Route] { routes.filter { $0.table == Route.mainTable && !$0.leadsNowhere } }

    /// The first table from a number on that nobody uses.
    ///
    /// - Parameter others: Tables that are to be used besides.
    package func freeTable(from first: UInt32, besides others: [UInt32] = []) -> UInt32 {
        var table = first
        while Self.reserved ~= table || tables.contains(table) || others.contains(table) { table += 1 }
        return table
    }

    /// RT_TABLE_DEFAULT, RT_TABLE_MAIN and RT_TABLE_LOCAL.
    private static let reserved: ClosedRange<UInt32> = 253...Route.localTable
}

extension NetworkSession {
    /// Looks at a namespace's routing for one of its links; what is the link's is empty for one that is not there.
    package func survey(of link: String, in place: Place) throws(StateError) -> RoutingSurvey {
        let socket = try routing(place)
        return try netlink { () throws(NetlinkError) in
            var survey = RoutingSurvey()
            let links = try socket.links()
            let own = links.first { $0.name == link }
            survey.master = links.first { $0.index == own?.master }?.name
            for link in links {
                guard case .vrf(let domain) = link.kind, let table = domain.table else { continue }
                survey.domains.append(RoutingSurvey.Domain(name: link.name, table: table))
            }
            survey.tables = survey.domains.map(\.table)
            if let own { survey.addresses = try socket.addresses(on: own.index).map(\.address) }
            for family in IPAddress.Family.allCases {
                let rules = try socket.rules(family)
                survey.rules += rules
                survey.tables += rules.map(\.table)
                for (index, route) in try socket.routes(family) {
                    survey.tables.append(route.table)
                    if let own, index == own.index || route.hasWay(through: own.index) {
                        survey.routes.append(route.way(through: own.index))
                    } else {
                        survey.tablesOfOthers.append(route.table)
                    }
                }
            }
            return survey
        }
    }
}
