// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Netlink

/// The network that an attachment wants, described once.
///
/// Building it, checking it, taking it apart and printing it all come from this value.
public struct NetworkState: Hashable, Sendable {
    /// An object, where it is, and how long.
    public struct Item: Hashable, Sendable {
        /// The namespace it is in.
        public var place: Place
        /// How it should be.
        public var object: Object
        /// How long it is there.
        public var lifetime: Lifetime
        /// False for something that must not be there, such as an address in the way.
        public var isPresent: Bool
        /// Which verbs it is for.
        public var concern = Concern.always
        /// Why something that must not be there is left, and the ADD refused, if links use the one that it is on.
        var refusal: Refusal?
    }

    /// Why an ADD is refused, for people, and what can be done.
    struct Refusal: Hashable, Sendable {
        let link: String
        let text: String
        let remedy: String
    }

    /// The key of the attachment that the objects belong to: its links' alias, its elements' comment.
    public let owner: String
    /// The objects in the order in which they are built.
    public private(set) var items: [Item] = []
    /// The links that the result lists, in its order.
    public private(set) var reportedLinks: [LinkState.Peer] = []
    /// What is ours as a whole, where.
    public private(set) var sweeps: [SweptPlace] = []
    /// Why an ADD is refused if others use a link.
    private(set) var refusals: [Refusal] = []
    /// The links of other attachments that make room.
    public internal(set) var displacements: [Displacement] = []
    /// The steps that remove what elements that are described take the place of in other sets.
    var leftovers: [Change] = []

    /// Containers that the host's own processes reach by 127.0.0.1.
    public private(set) var loopbackClients: [IPAddress] = []
    /// Elements whose presence says that an attachment has more in their table than is described.
    private(set) var traces: [FirewallObject] = []

    /// Objects of which only the described ones stay, and the namespace they are in.
    public struct SweptPlace: Hashable, Sendable {
        /// Which objects.
        public var sweep: Sweep
        /// The namespace they are in.
        public var place: Place
        /// How long what stays of them is there.
        public var lifetime: Lifetime
        /// Which verbs it is for.
        public var concern = Concern.always
    }

    /// Creates an empty description.
    ///
    /// - Parameter owner: At most 128 bytes, stored in the kernel.
    public init(owner: String) {
        self.owner = owner
    }

    /// Adds an object that should be there.
    ///
    /// What is on the host gets the mark by which it is found again.
    public mutating func add(
        _ object: Object, in place: Place, for lifetime: Lifetime = .attachment, concern: Concern = .always
    ) {
        let object = place == .host ? object.marked(for: lifetime, owner: owner) : object
        items.append(
            Item(place: place, object: object, lifetime: lifetime, isPresent: true, concern: concern))
    }

    /// Adds an object that should not be there; a link with a mark only goes if it carries the same.
    ///
    /// - Parameter lifetime: For an attachment's time alone the object comes back with its DEL, as far as the kernel still
    ///   takes it.
    public mutating func exclude(
        _ object: Object, in place: Place, for lifetime: Lifetime = .network, concern: Concern = .always
    ) {
        items.append(
            Item(place: place, object: object, lifetime: lifetime, isPresent: false, concern: concern))
    }

    /// Adds an object of ours that should not be there, such as a former network's address: it goes if a link has no
    /// ports, and otherwise refuses an ADD with these words.
    public mutating func exclude(
        _ object: Object, in place: Place, unlessUsed link: String, _ text: String, remedy: String
    ) {
        var item = Item(place: place, object: object, lifetime: .network, isPresent: false)
        item.refusal = Refusal(link: link, text: text, remedy: remedy)
        items.append(item)
    }

    /// Has packets from 127.0.0.1 routed to a container on the host (route_localnet; IPv4 alone has that).
    ///
    /// The link that leads to it is looked up when the description is completed.
    public mutating func admitLoopback(to address: IPAddress) { loopbackClients.append(address) }

    /// Names an element that every attachment with elements in that table has: a DEL that gets less than its ADD got
    /// finds the others by it.
    public mutating func trace(_ element: NFTables.Element, in set: NFTables.Set) {
        traces.append(.element(element, in: set))
    }

    /// Refuses an ADD with these words if a link of the host has ports that are not of this network.
    public mutating func refuse(ifOthersUse link: String, _ text: String, remedy: String) {
        refusals.append(Refusal(link: link, text: text, remedy: remedy))
    }

    /// Has objects removed that are ours and not described.
    public mutating func sweep(
        _ sweep: Sweep, in place: Place, for lifetime: Lifetime = .attachment, concern: Concern = .always
    ) {
        sweeps.append(SweptPlace(sweep: sweep, place: place, lifetime: lifetime, concern: concern))
    }

    /// Adds a link, which the result lists.
    ///
    /// Its alias says whose it is. The end of a pair in the container has none: the other end's is enough.
    public mutating func add(
        link: LinkState, in place: Place, for lifetime: Lifetime = .attachment
    ) {
        var link = link
        if lifetime == .network, link.kind != nil, link.alias == nil { link.alias = Ownership.sharedMark }
        if lifetime == .attachment, link.kind != nil || link.loan != nil, link.peer?.place != .host {
            link.alias = owner
        }
        add(.link(link), in: place, for: lifetime)
        reportedLinks.append(LinkState.Peer(place, link.name))
    }

    /// Adds a veth pair with one end on the host and one in the container.
    public mutating func addVeth(host: LinkState, container: LinkState) {
        var (host, container) = (host, container)
        host.kind = .veth(Veth())
        container.kind = .veth(Veth())
        host.peer = LinkState.Peer(.container, container.name)
        container.peer = LinkState.Peer(.host, host.name)
        add(link: host, in: .host)
        add(link: container, in: .container)
    }

    /// Adds addresses to a link.
    public mutating func add(
        addresses: [InterfaceAddress], to link: String, in place: Place, for lifetime: Lifetime = .attachment
    ) {
        for address in addresses { add(.address(address, link: link), in: place, for: lifetime) }
    }

    /// Adds routes through a link.
    public mutating func add(
        routes: [Route], through link: String, in place: Place, for lifetime: Lifetime = .attachment
    ) {
        for route in routes { add(.route(route, link: link), in: place, for: lifetime) }
    }

    /// Adds kernel settings.
    ///
    /// In the container others may change them afterwards, such as the tuning plugin.
    public mutating func add(
        settings: [Sysctl], in place: Place, for lifetime: Lifetime = .attachment
    ) {
        for setting in settings {
            add(
                .sysctl(setting), in: place, for: lifetime,
                concern: place == .container ? .addition : .always)
        }
    }

    /// The part that is not one attachment's.
    package var shared: NetworkState {
        var part = self
        part.items.removeAll { $0.lifetime == .attachment }
        return part
    }

    /// The part that is for some verbs.
    public func part(where isIncluded: (Concern) -> Bool) -> NetworkState {
        var part = self
        part.items.removeAll { !isIncluded($0.concern) }
        part.sweeps.removeAll { !isIncluded($0.concern) }
        return part
    }

    /// The part that is on the host: for a container that is gone.
    package var onHost: NetworkState {
        var part = self
        part.items.removeAll { $0.place != .host }
        part.sweeps.removeAll { $0.place != .host }
        part.reportedLinks.removeAll { $0.place != .host }
        return part
    }

    /// The description without tables that are others', and what would be in them.
    func without(_ tables: [ForeignTable]) -> NetworkState {
        if tables.isEmpty { return self }
        var part = self
        part.items.removeAll { item in
            guard case .firewall(let object) = item.object else { return false }
            return tables.contains { $0.name == object.table && $0.place == item.place }
        }
        return part
    }

    /// Takes items out of the description.
    mutating func removeItems(where isGoing: (Item) -> Bool) { items.removeAll(where: isGoing) }

    /// Changes how a link should be, if the description has it.
    public mutating func update(
        link name: String, in place: Place, _ change: (inout LinkState) -> Void
    ) {
        for index in items.indices where items[index].place == place {
            guard case .link(var link) = items[index].object, link.name == name else { continue }
            change(&link)
            items[index].object = .link(link)
        }
    }

    /// The link of that name, if the description has it.
    public func link(_ name: String, in place: Place) -> LinkState? {
        for item in items where item.place == place {
            if case .link(let link) = item.object, link.name == name { return link }
        }
        return nil
    }
}
