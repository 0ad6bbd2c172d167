// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink
internal import NetworkState

extension StatePlugin {
    /// Builds the network; takes everything back, addresses too, if a step fails.
    ///
    /// An IPAM plugin is asked first, unless it wants to see the interface, such as to ask for a lease over it, or is another
    /// program, of which nobody knows: it is asked when that is there.
    public func add(_ request: Request<Configuration>) throws(CNIError) -> CNIResult {
        let session = try sessionForAddition(request)
        let previous = try request.previousResult
        let whole = request.with(try allocate(.use, for: request))
        do throws(CNIError) {
            return try add(whole, after: previous, session)
        } catch {
            throw error.adding(
                attempt { () throws(CNIError) in
                    try Self.release(request.attachment, of: request.network)
                })
        }
    }

    private func add(
        _ request: Request<Configuration>, after previous: CNIResult?, _ session: NetworkSession
    ) throws(CNIError) -> CNIResult {
        let wanted = StateRequest(
            request, addresses: CNIResult(), previousResult: previous, isAttached: false)
        guard let ipam = request.ipam else {
            let addresses = supplement(CNIResult(), for: request.configuration)
            return try build(request, wanted.with(addresses: addresses), session)
        }
        if ipam.needsInterface { return try buildInTwo(request, wanted, ipam, session) }
        let addresses = supplement(try ipam.add(), for: request.configuration)
        do throws(CNIError) {
            return try build(request, wanted.with(addresses: addresses), session)
        } catch {
            throw error.adding(attempt { () throws(CNIError) in try ipam.delete() })
        }
    }

    /// Checks all that can be before the first effect.
    func sessionForAddition(_ request: Request<Configuration>) throws(CNIError) -> NetworkSession {
        try validate(request.configuration, request.network)
        let session = request.session(try request.openNamespace())
        let link = try withKernel("cannot look into the container") { () throws(StateError) in
            try session.containerLink(request.interface, owner: request.attachment.key)
        }
        if let link {
            let whose = link.owner.map { "it belongs to \($0)" } ?? "it was not made here"
            throw CNIError(
                .invalidEnvironment, "interface \(request.interface) exists already in the container",
                details: "\(request.namespacePath ?? ""): \(whose)")
        }
        return session
    }

    private func build(
        _ request: Request<Configuration>, _ wanted: StateRequest<Configuration>, _ session: NetworkSession
    ) throws(CNIError) -> CNIResult {
        try requireAddresses(request, wanted)
        // Reading all rules of a node would make the thousandth attachment slower than the first.
        session.takesRulesForNew = true
        do throws(CNIError) {
            return try buildOnce(request, wanted, session)
        } catch {
            if session.takesRulesForNew { throw error }
            return try buildOnce(request, wanted, session)
        }
    }

    private func buildOnce(
        _ request: Request<Configuration>, _ wanted: StateRequest<Configuration>, _ session: NetworkSession
    ) throws(CNIError) -> CNIResult {
        let (state, found) = try description(of: wanted, session, forChange: true)
        let links = try withKernel("cannot attach \(wanted.owner)") { () throws(StateError) in
            try session.apply(state.changes(from: found), of: state) { () throws(StateError) in
                try session.settle(state)
                return try session.reportedLinks(of: state)
            }
        }
        return wanted.result(links: links, sandbox: request.namespacePath)
    }

    /// Builds the network without addresses, asks for them, and builds the rest.
    private func buildInTwo(
        _ request: Request<Configuration>, _ wanted: StateRequest<Configuration>, _ ipam: Delegate,
        _ session: NetworkSession
    ) throws(CNIError) -> CNIResult {
        let (state, found) = try description(of: wanted, session, forChange: true)
        var failure: CNIError?
        do throws(StateError) {
            return try session.apply(state.changes(from: found), of: state) { () throws(StateError) in
                session.release()
                do throws(CNIError) {
                    return try complete(request, wanted, ipam, session)
                } catch {
                    failure = error
                    throw StateError(.taken(""))
                }
            }
        } catch {
            guard let failure else { throw CNIError(error, "cannot attach \(wanted.owner)") }
            if error.others.isEmpty { throw failure }
            throw failure.adding(CNIError(failure.code, error.others.joined(separator: "\n")))
        }
    }

    private func complete(
        _ request: Request<Configuration>, _ wanted: StateRequest<Configuration>, _ ipam: Delegate,
        _ session: NetworkSession
    ) throws(CNIError) -> CNIResult {
        let addresses = supplement(try ipam.add(), for: request.configuration)
        do throws(CNIError) {
            let whole = wanted.with(addresses: addresses, isBegun: true)
            try requireAddresses(request, whole)
            let (state, found) = try description(of: whole, session, forChange: true, isBegun: true)
            let links = try withKernel("cannot attach \(wanted.owner)") { () throws(StateError) in
                try session.apply(state.changes(from: found), of: state) { () throws(StateError) in
                    try session.settle(state)
                    return try session.reportedLinks(of: state)
                }
            }
            return whole.result(links: links, sandbox: request.namespacePath)
        } catch {
            throw error.adding(attempt { () throws(CNIError) in try ipam.delete() })
        }
    }

    private func requireAddresses(
        _ request: Request<Configuration>, _ wanted: StateRequest<Configuration>
    ) throws(CNIError) {
        guard let ipam = request.ipam, wanted.addresses.ips.isEmpty else { return }
        throw CNIError(.invalidConfiguration, "IPAM plugin \(ipam.type) gave no address")
    }

    /// The network that an ADD has to make, and what there is of it; nothing is in its way.
    ///
    /// - Parameters:
    ///   - forChange: Whether others are kept from changing what attachments share from now on.
    ///   - isBegun: Whether the attachment's links have been made already.
    ///   - isRepeated: Whether those that have the attachment's mark, of an earlier ADD, may be there.
    func description(
        of wanted: StateRequest<Configuration>, _ session: NetworkSession, forChange: Bool,
        isBegun: Bool = false, isRepeated: Bool = false
    ) throws(CNIError) -> (NetworkState, ObservedState) {
        var state = try desiredState(for: wanted).part { $0 != .inspection }
        let asked = "cannot attach \(wanted.owner)"
        var found = try withKernel(asked) { () throws(StateError) in
            try state.validate(for: wanted.attachment?.key)
            var found = try forChange ? session.observeForChange(state) : session.observe(state)
            try session.completeForwarding(of: &state, &found)
            try session.completeLoopback(of: &state, &found)
            return found
        }
        try prepare(&state, given: found, for: wanted)
        if !state.displacements.isEmpty, session.takesRulesForNew {
            // A link that makes room may have gone by the time that a rule turns out not to be new.
            session.takesRulesForNew = false
            return try description(
                of: wanted, session, forChange: forChange, isBegun: isBegun, isRepeated: isRepeated)
        }
        try withKernel(asked) { () throws(StateError) in
            try session.completeDisplacements(of: &state)
            try session.refuseConflicts(of: state, with: found, isBegun: isBegun, isRepeated: isRepeated)
            try session.completeLeftovers(of: &state, &found)
        }
        return (state, found)
    }
}

extension StateRequest {
    /// The result, read off the description and the links that were made from it.
    func result(
        links: [(LinkState.Peer, LinkAttributes)], sandbox: String?
    ) -> CNIResult {
        var result = addresses
        let isOwn = { (link: CNIResult.Interface) in link.name == interface && link.sandbox != nil }
        // The plugin itself may know of an interface that is no link.
        result.interfaces.removeAll { !isOwn($0) }
        result.interfaces += links.map { link, attributes in
            CNIResult.Interface(
                name: link.name, mac: attributes.mac?.description, mtu: attributes.mtu,
                sandbox: link.place == .container ? sandbox : nil)
        }
        let own = result.interfaces.firstIndex(where: isOwn)
        for index in result.ips.indices { result.ips[index].interface = own }
        if let dns = network.dns, !dns.isEmpty { result.dns = dns }
        var earlier = previousResult
        if network.ipamType == nil {
            // Addresses that no IPAM plugin has given are those of the plugins before.
            earlier?.ips.removeAll { ip in result.ips.contains { $0.address == ip.address } }
            earlier?.routes.removeAll { result.routes.contains($0) }
        }
        return earlier?.followed(by: result) ?? result
    }
}
