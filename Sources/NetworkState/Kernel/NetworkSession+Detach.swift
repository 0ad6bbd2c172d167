// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkSession {
    /// The steps that take apart what there is of an attachment: by the marks in the kernel and by its record, and by the
    /// result only what these do not tell.
    ///
    /// Looks at single objects, so that it costs the same among a thousand attachments. Only where something is missing
    /// that would tell what there was, the container's namespace or its link, it looks through all.
    ///
    /// - Parameters:
    ///   - state: The attachment's description, made with all addresses that are known of it; nil if none can be made.
    ///   - owner: The attachment's key.
    ///   - link: Its link in the container, as ``containerLink(_:owner:evidence:)`` has found it.
    ///   - evidence: What an earlier result says.
    ///   - part: The links and tables of the plugin's own, of one that changes what an earlier one of the chain has made;
    ///     nil if all of the attachment's are.
    public func detachment(
        of state: NetworkState?, owner: String, link: ContainerLink?, evidence: ResultEvidence?,
        part: NetworkState? = nil
    ) throws(StateError) -> [Change] {
        let ours = link?.isOurs == true ? link : nil
        let isCertain = ours != nil && state != nil
        let steps = try elementRemovals(in: state, part, of: owner, searching: !isCertain)
        let recorded = try recordedSteps(of: owner)
        var links: [Change] = []
        let hasLinks = part == nil && state?.hasLinks ?? true
        if let part {
            links = try linkRemovals(part.ownLinks.filter { $0.place == .host }.map(\.name), of: owner)
        } else if hasLinks {
            links = try linkRemovals(in: state, of: owner, ours, evidence)
        }
        let found = steps + links
        let isMarked = link?.owner == owner || found.contains { $0.place == .host } || !recorded.isEmpty
        let isWhole = state?.hasElements != true || found.contains { $0.isOfRuleset }
        let others =
            hasLinks && !(isMarked && isWhole) ? try referenceRemovals(of: owner, link, evidence) : []
        // A link that was lent is nobody's to remove.
        if recorded.contains(where: { $0.returnsLink }) {
            let onHost = links.compactMap { $0.linkOnHost }.first
            return recorded.homecoming(of: onHost) + steps.sortedByPhase() + others
        }
        return try recorded + found.sortedByPhase() + sharedRemovals(in: state, besides: link) + others
    }

    /// What the CNI project's own plugins have made in the host's ruleset for an attachment of which nothing has our mark, or
    /// which has been handed back to them.
    private func referenceRemovals(
        of owner: String, _ link: ContainerLink?, _ evidence: ResultEvidence?
    ) throws(StateError) -> [Change] {
        let addresses = ((link?.isOurs == true ? link?.addresses : nil) ?? []) + (evidence?.addresses ?? [])
        // Of a container that lives, another interface on the same network has the same comment.
        if addresses.isEmpty, hasContainer { return [] }
        return try referenceRules(
            of: owner, addresses: hasContainer ? addresses.map(\.address) : nil
        ).removals
    }

    /// The removals of the attachment's elements; of one that others own, too, the owner goes.
    private func elementRemovals(
        in state: NetworkState?, _ part: NetworkState?, of owner: String, searching: Bool
    ) throws(StateError) -> [Change] {
        guard let state, !searching else {
            guard let part else { return try elementRemovals(in: state) { $0 == owner } }
            var steps: [Change] = []
            for table in (state?.tables ?? []) + part.tables.filter({ state?.tables.contains($0) != true }) {
                steps += try elementRemovals(in: table) { $0 == owner }
            }
            return steps
        }
        var wanted: [Object] = []
        for item in state.items where item.place == .host && item.lifetime == .attachment {
            if case .firewall(.element) = item.object { wanted.append(item.object) }
        }
        var found = ObservedState()
        try observeFirewall(wanted, in: .host, into: &found)
        var steps: [Change] = []
        for case .firewall(.element(let element, let set)) in found.all(in: .host) {
            if let step = element.withdrawal(from: set, where: { $0 == owner }) { steps.append(step) }
        }
        // Where something is missing, what it has is not what the description says, if it has anything.
        let incomplete = Self.tables(of: wanted, without: steps)
        for table in try incomplete + tracedTables(of: state, owner).filter({ !incomplete.contains($0) }) {
            for step in try elementRemovals(in: table, where: { $0 == owner })
            where !steps.contains(where: { $0.object?.key == step.object?.key }) { steps.append(step) }
        }
        return steps
    }

    /// The tables in which an attachment has more than its description says.
    private func tracedTables(
        of state: NetworkState, _ owner: String
    ) throws(StateError) -> [NFTables.TableName] {
        if state.traces.isEmpty { return [] }
        var found = ObservedState()
        try observeFirewall(state.traces.map { .firewall($0) }, in: .host, into: &found)
        var tables: [NFTables.TableName] = []
        for case .firewall(.element(let element, let set)) in found.all(in: .host)
        where element.owners.contains(owner) && !tables.contains(set.table) { tables.append(set.table) }
        return tables
    }

    /// The tables of elements of which some are not among the steps.
    private static func tables(of elements: [Object], without steps: [Change]) -> [NFTables.TableName] {
        var tables: [NFTables.TableName] = []
        for object in elements where !steps.contains(where: { $0.object?.key == object.key }) {
            if case .firewall(let part) = object, !tables.contains(part.table) { tables.append(part.table) }
        }
        return tables
    }

    /// The removals of just these links, as far as they are the attachment's.
    private func linkRemovals(_ names: [String], of owner: String) throws(StateError) -> [Change] {
        if names.isEmpty { return [] }
        let socket = try routing(.host)
        return try netlink { () throws(NetlinkError) in try socket.links(named: names) }
            .filter { $0.attributes.alias == owner }
            .map { Change(.remove(.link(LinkState($0, master: nil))), in: .host) }
    }

    private func linkRemovals(
        in state: NetworkState?, of owner: String, _ ours: ContainerLink?, _ evidence: ResultEvidence?
    ) throws(StateError) -> [Change] {
        var names: [String] = []
        for item in state?.items ?? [] where item.place == .host && item.lifetime == .attachment {
            if case .link(let link) = item.object, link.kind != nil { names.append(link.name) }
        }
        let socket = try routing(.host)
        var links = try netlink { () throws(NetlinkError) in try socket.links(named: names) }
            .filter { $0.attributes.alias == owner }
        if let end = ours?.hostEnd, end.attributes.alias == owner,
            !links.contains(where: { $0.index == end.index })
        {
            links.append(end)
        }
        if links.count < max(1, names.count), ours == nil || names.count > 1 {
            // Renamed, or of another version, or the container's end cannot be seen.
            links = try netlink { () throws(NetlinkError) in try socket.links() }
                .filter { $0.attributes.alias == owner }
        }
        var steps = links.map { Change(.remove(.link(LinkState($0, master: nil))), in: .host) }
        if let ours, ours.hostEnd?.attributes.alias != owner, let link = link(of: ours),
            state?.lends(link.name) != true
        {
            steps.append(Change(.remove(.link(link)), in: .container))
        }
        return steps
    }

    /// A link of the container's of which no other end is ours, to be removed in the container.
    private func link(of ours: ContainerLink) -> LinkState? {
        guard let name = indices.name(of: ours.index, in: .container) else { return nil }
        var link = LinkState(name)
        link.identity = LinkState.Identity(index: ours.index, peer: nil, isPeerElsewhere: false)
        return link
    }
}

extension NFTables.Element {
    /// The step that takes owners from the element, and the element away with the last one; nil if none is concerned.
    func withdrawal(from set: NFTables.Set, where isGoing: (String) -> Bool) -> Change? {
        let staying = owners.filter { !isGoing($0) }
        if staying.count == owners.count { return nil }
        let object = Object.firewall(.element(self, in: set))
        if staying.isEmpty { return Change(.remove(object), in: .host) }
        return Change(.modify(.firewall(.element(with(owners: staying), in: set)), from: object), in: .host)
    }
}

extension Change {
    /// Whether the step gives a link back to where it was lent from.
    var returnsLink: Bool {
        if case .move = action { true } else { false }
    }

    /// The link on the host that the step removes.
    fileprivate var linkOnHost: LinkState? {
        guard place == .host, case .remove(.link(let link)) = action else { return nil }
        return link
    }
}

extension [Change] {
    /// The steps of a record for a link that was lent, if the kernel has sent it home when the container's namespace went:
    /// it gets its name back there, and then its settings, the mark last of all.
    ///
    /// - Parameter link: The link as it is on the host; nil for one that is still in the container, from where these steps
    ///   move it.
    func homecoming(of link: LinkState?) -> [Change] {
        guard let link else { return self }
        for case .move(let lent, let original, .host) in map({ $0.action }) {
            var steps = [Change(.move(link, as: original, to: .host), in: .host)]
            for step in self where !step.returnsLink {
                if step.place == .host {
                    steps.append(step)
                } else if case .modify(.link(var settings), _) = step.action, settings.name == lent.name {
                    settings.name = original.name
                    steps.append(Change(.modify(.link(settings), from: .link(settings)), in: .host))
                }
            }
            return steps
        }
        return self
    }
}

extension Change {
    /// Whether the step is on a ruleset.
    fileprivate var isOfRuleset: Bool { if case .firewall = object { true } else { false } }
}

extension NetworkState {
    /// Whether the attachment has elements of sets on the host.
    fileprivate var hasElements: Bool {
        items.contains { item in
            guard item.place == .host, case .firewall(.element) = item.object else { return false }
            return item.isPresent
        }
    }

    /// Whether the container's link of that name is only lent.
    fileprivate func lends(_ name: String) -> Bool {
        items.contains { item in
            if case .link(let link) = item.object { link.name == name && link.loan != nil } else { false }
        }
    }

    /// The tables on the host.
    fileprivate var tables: [NFTables.TableName] {
        var names: [NFTables.TableName] = []
        for item in items where item.place == .host {
            if case .firewall(let object) = item.object, !object.isOpen, !names.contains(object.table) {
                names.append(object.table)
            }
        }
        return names
    }

    /// Whether the attachment has links of its own.
    fileprivate var hasLinks: Bool {
        items.contains { item in
            guard item.lifetime == .attachment, case .link(let link) = item.object else { return false }
            return link.kind != nil || link.loan != nil
        }
    }
}
