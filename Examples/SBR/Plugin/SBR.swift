// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The sbr plugin: what has the interface's address as its source leaves by the interface (source based routing).
///
/// Each address has a table of its own, with the routes that the interface had in the main one.
public struct SBR: ChainedPlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = SBRConfiguration

    /// The plugin's name.
    public static let name = "sbr"
    /// A line for people.
    public static let about = "CNI sbr plugin: has answers go out by the interface where they were asked"

    /// Creates the plugin.
    public init() {}

    /// Looks at the container's routing, for which tables are free and which routes the interface has.
    public func allocate(
        _ purpose: Allocation, for request: Request<SBRConfiguration>
    ) throws(CNIError) -> SBRConfiguration {
        var configuration = request.configuration
        if configuration.table == nil { configuration.survey = try request.routingSurvey() }
        return configuration
    }

    /// Refuses an interface without addresses, and an address that another interface's packets have.
    public func prepare(
        _ state: inout NetworkState, given found: ObservedState, for request: StateRequest<SBRConfiguration>
    ) throws(CNIError) {
        if request.attachment == nil { return }
        if request.addresses.ips.isEmpty {
            throw CNIError(
                .invalidConfiguration, at: "prevResult.ips",
                "\(request.interface) has no address that packets could come from")
        }
        guard let survey = request.configuration.survey else { return }
        for ip in request.addresses.ips {
            guard let rule = SourceTables(survey).ruleOfOthers(ip.address) else { continue }
            throw CNIError(
                CNIError.notAsDescribed,
                "packets from \(ip.address.address) look up table \(rule.table) for another interface")
        }
    }

    /// For each address a table and a rule that leads there; nothing of the interface is in the main table.
    public func desiredState(
        for request: StateRequest<SBRConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else { return state }
        let addresses = request.addresses.ips
        if let table = configuration.table {
            for ip in addresses { state.add(.rule(Rule(from: ip.address, to: table)), in: .container) }
            return state
        }
        // A DEL goes by the record alone.
        guard let survey = configuration.survey else { return state }
        let routes = survey.main.filter { $0.protocol != .routerAdvertisement }
            .map { configuration.addsSourceHints ? $0.hinting(at: addresses) : $0 }
        for (ip, table) in SourceTables(survey).tables(for: addresses) {
            let gateway = configuration.gateway(of: ip)
            let isKept = { (route: Route) in gateway == nil || route.destination.length > 0 }
            var demanded =
                survey.connectedRoutes(of: ip.address) + ip.routes(of: request.addresses).filter(isKept)
            if let gateway { demanded.append(Route(.everything(gateway.family), via: gateway)) }
            state.add(
                routes.filter { isKept($0) && $0.isFor(ip.address, among: addresses) }, demanding: demanded,
                through: request.interface, to: table)
            state.add(.rule(Rule(from: ip.address, to: table)), in: .container)
        }
        let moving = routes.filter { $0.canMove(for: addresses) }
        let staying = { (route: Route) in configuration.addsSourceHints && route.gateway == nil }
        state.remove(moving.filter { !staying($0) }, through: request.interface)
        for route in moving where staying(route) {
            state.add(.route(route, link: request.interface), in: .container, concern: .addition)
        }
        return state
    }
}

extension Route {
    /// Whether packets from an address take the route: not if its gateway or its source is another address's.
    fileprivate func isFor(_ address: IPPrefix, among all: [CNIResult.IPConfiguration]) -> Bool {
        guard destination.family == address.family else { return false }
        guard let anchor = gateway ?? source else { return true }
        return address.contains(anchor) || !all.contains { $0.address.contains(anchor) }
    }

    /// Whether the route leaves the main table: not link-local ones, which packets from link-local addresses take.
    fileprivate func canMove(for addresses: [CNIResult.IPConfiguration]) -> Bool {
        addresses.contains { $0.address.family == destination.family }
            && !(destination.family == .v6 && destination.address.isLinkLocal)
    }

    /// The route to a network on the link with an address of the link's there as the source that it suggests.
    fileprivate func hinting(at addresses: [CNIResult.IPConfiguration]) -> Route {
        guard gateway == nil, source == nil,
            let ip = addresses.first(where: { $0.address.contains(destination) })
        else { return self }
        var route = self
        route.source = ip.address.address
        return route
    }
}
