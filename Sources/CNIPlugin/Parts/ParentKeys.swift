// SPDX-License-Identifier: Apache-2.0

internal import Netlink
public import NetworkState

/// A configuration of a plugin whose links rest on another one, such as macvlan's.
public protocol ParentConfiguration: KeyedConfiguration {
    /// The link below, and the MTU.
    var below: ParentKeys { get set }
}

extension StatePlugin where Configuration: ParentConfiguration {
    /// Looks for the link below.
    public func allocate(
        _ purpose: Allocation, for request: Request<Configuration>
    ) throws(CNIError) -> Configuration {
        var configuration = request.configuration
        configuration.below = try configuration.below.found(purpose, for: request)
        return configuration
    }
}

/// The keys of a plugin whose links rest on another one, such as macvlan's, and that link once it is known.
public struct ParentKeys: Sendable {
    /// The name that the configuration gives; nil for the link of the default route.
    public let master: String?
    /// The MTU in bytes; nil for that of the link below.
    public let mtu: UInt32?
    /// The link below: known from the start only if the configuration names it.
    public private(set) var parent: LinkState.Peer?
    private let place: Place

    /// The keys that are read here.
    public static let keys = ["master", "mtu", "linkInContainer"]

    /// Reads the keys.
    public init(_ document: JSON) throws(CNIError) {
        let keys = JSONCursor(document)
        master = try keys["master"].nonEmptyText()
        mtu = try InterfaceKeys.mtu(keys)
        place = try keys["linkInContainer"].bool() ?? false ? .container : .host
        parent = nil
        if let master { parent = LinkState.Peer(place, master) }
    }

    /// Refuses a name that no link can have.
    public func validate() throws(CNIError) {
        if let master { try InterfaceKeys.requireName(master, at: "master") }
    }

    /// This with the link below looked up, for an ADD: it has to be there, and to be wide enough.
    ///
    /// An earlier ADD may have found another default route: CHECK only takes the link for a repair.
    ///
    /// - Parameter chained: The link that an earlier plugin of the chain has made, in place of the default route's.
    public func found<Configuration>(
        _ purpose: Allocation, for request: Request<Configuration>, chained: String? = nil
    ) throws(CNIError) -> ParentKeys {
        if purpose == .comparison, master != nil { return self }
        let session = request.session(place == .container ? try request.openNamespace() : nil)
        let name = master ?? chained
        let link = try withKernel("cannot look for the master") { () throws(StateError) in
            try session.parentLink(name, in: place)
        }
        var keys = self
        if let link { keys.parent = LinkState.Peer(place, link.name) }
        if purpose == .comparison { return keys }
        let whose = place == .container ? "the container" : "the host"
        guard let link else {
            throw CNIError(
                .invalidConfiguration, at: "master",
                name.map { "there is no link \"\($0)\" in \(whose)" }
                    ?? "missing, and \(whose) has no default route whose link it could be")
        }
        if let mtu, let largest = link.attributes.mtu, mtu > largest {
            throw CNIError(
                .invalidConfiguration, at: "mtu", "\(mtu) is more than the \(largest) of \(link.name)")
        }
        return keys
    }
}

extension NetworkState {
    /// Adds the container's link on the one below; CHECK demands that it rests there if the configuration names that.
    public mutating func add(_ link: LinkState, on keys: ParentKeys) {
        var link = link
        link.parent = keys.parent
        add(link: link, in: .container)
        addParent(keys, for: true)
    }

    /// Adds that the link below, if the configuration names it, has to be there: for CHECK, and without an attachment for
    /// STATUS, which sees the host alone.
    public mutating func addParent(_ keys: ParentKeys, for isAttached: Bool) {
        guard let master = keys.master, let parent = keys.parent, isAttached || parent.place == .host else {
            return
        }
        add(.link(LinkState(master)), in: parent.place, for: .host, concern: .inspection)
    }
}
