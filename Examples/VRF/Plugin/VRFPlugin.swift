// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The vrf plugin: puts the interface into a routing domain (VRF) in the container, whose packets look up a table of their
/// own.
///
/// Several interfaces of a container can be in one; it goes with the last of them.
public struct VRFPlugin: ChainedPlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = VRFConfiguration

    /// The plugin's name.
    public static let name = "vrf"
    /// A line for people.
    public static let about = "CNI vrf plugin: puts a container's interface into a routing domain of its own"
    /// Without it nothing else is looked at.
    public static let examples: [String: JSON] = ["vrfname": "blue"]

    /// Creates the plugin.
    public init() {}

    /// Looks at the container's routing, for which tables are free and which routes the interface has.
    public func allocate(
        _ purpose: Allocation, for request: Request<VRFConfiguration>
    ) throws(CNIError) -> VRFConfiguration {
        var configuration = request.configuration
        configuration.survey = try request.routingSurvey()
        try configuration.refuseOthers(request.interface)
        return configuration
    }

    /// The domain, the interface in it with its addresses, and its routes in the domain's table.
    public func desiredState(
        for request: StateRequest<VRFConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else { return state }
        let table = configuration.chosenTable
        let domain = LinkState(
            configuration.domain, .vrf(VRF(table: table)), LinkAttributes(isUp: true))
        state.add(link: domain, in: .container, for: .network)
        var interface = LinkState(request.interface)
        interface.master = configuration.domain
        state.add(.link(interface), in: .container)
        // For a DEL that is all: it goes by the record.
        guard let survey = configuration.survey, let table else { return state }
        state.add(
            addresses: request.addresses.ips.map { InterfaceAddress($0.address, skipsDAD: true) },
            to: request.interface, in: .container)
        // The kernel takes its own along, and routers' come with the next advertisement.
        let routes = survey.main.filter { $0.protocol != .kernel && $0.protocol != .routerAdvertisement }
        state.remove(routes, through: request.interface)
        state.add(
            routes, demanding: request.addresses.ips.flatMap { $0.routes(of: request.addresses) },
            through: request.interface, to: table)
        return state
    }
}
