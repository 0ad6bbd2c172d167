// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

extension StatePlugin {
    /// Builds the network; takes everything back, addresses too, if a step fails.
    public func add(_ request: Request<Configuration>) throws(CNIError) -> CNIResult {
        let session = try sessionForAddition(request)
        let addresses = try request.ipam?.add() ?? CNIResult()
        do throws(CNIError) {
            return try build(request, StateRequest(request, addresses: addresses), session)
        } catch {
            guard let ipam = request.ipam else { throw error }
            throw error.adding(attempt { () throws(CNIError) in try ipam.delete() })
        }
    }

    /// Checks all that can be before the first effect.
    func sessionForAddition(_ request: Request<Configuration>) throws(CNIError) -> NetworkSession {
        try validate(request.configuration, request.network)
        let session = NetworkSession(container: try request.openNamespace())
        let interface = request.interface
        let isTaken = try withKernel("cannot look into the container") { () throws(StateError) in
            try session.hasLink(interface, in: .container)
        }
        guard !isTaken else {
            throw CNIError(
                .invalidEnvironment, "interface \(interface) exists already in the container",
                details: request.namespacePath)
        }
        return session
    }

    private func build(
        _ request: Request<Configuration>, _ wanted: StateRequest<Configuration>, _ session: NetworkSession
    ) throws(CNIError) -> CNIResult {
        let (state, found) = try description(request, wanted) { state throws(StateError) in
            try session.observeForChange(state)
        }
        let links = try withKernel("cannot attach \(wanted.owner)") { () throws(StateError) in
            try session.apply(state.changes(from: found), of: state) { () throws(StateError) in
                try session.settle(state)
                return try session.reportedLinks(of: state)
            }
        }
        return wanted.result(links: links, sandbox: request.namespacePath)
    }

    /// The network that an ADD has to make, and what there is of it.
    func description(
        _ request: Request<Configuration>, _ wanted: StateRequest<Configuration>,
        observe: (NetworkState) throws(StateError) -> ObservedState
    ) throws(CNIError) -> (NetworkState, ObservedState) {
        if let ipam = request.ipam, wanted.addresses.ips.isEmpty {
            throw CNIError(.invalidConfiguration, "IPAM plugin \(ipam.type) gave no address")
        }
        var state = try desiredState(for: wanted)
        let found = try withKernel("cannot attach \(wanted.owner)") { () throws(StateError) in
            try observe(state)
        }
        try prepare(&state, given: found, for: wanted)
        return (state, found)
    }
}

extension StateRequest {
    init(_ request: Request<Configuration>, addresses: CNIResult, previousResult: CNIResult? = nil) {
        command = request.command
        attachment = request.attachment
        configuration = request.configuration
        network = request.network
        arguments = request.arguments
        self.addresses = addresses
        self.previousResult = previousResult
    }

    /// The result, read off the description and the links that were made from it.
    func result(
        links: [(LinkState.Peer, LinkAttributes)], sandbox: String?
    ) -> CNIResult {
        var result = addresses
        result.interfaces = links.map { link, attributes in
            CNIResult.Interface(
                name: link.name, mac: attributes.mac?.description, mtu: attributes.mtu,
                sandbox: link.place == .container ? sandbox : nil)
        }
        let own = links.firstIndex { $0.0.place == .container && $0.0.name == interface }
        for index in result.ips.indices { result.ips[index].interface = own }
        if let dns = network.dns, !dns.isEmpty { result.dns = dns }
        return result
    }
}
