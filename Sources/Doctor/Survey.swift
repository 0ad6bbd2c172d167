// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes
internal import LinuxCore
internal import Netlink
internal import NetworkState
internal import Topology

/// What there is on the machine, listed once for all examinations.
struct Survey {
    let machine: Machine
    let attachments: KnownAttachments?
    let configurations: ConfigurationFiles
    private let firewall: Result<FirewallSurvey, Obstacle>
    private let foundLinks: Result<[Link], Obstacle>
    /// The keys of attachments, and of their containers, that have a link with its other end in a namespace.
    private let linkedKeys: Result<Set<String>, Obstacle>
    private let foundAddresses: Result<[(index: UInt32, address: InterfaceAddress)], Obstacle>
    private let foundRoutes: Result<[(index: UInt32?, route: Route)], Obstacle>

    init(of machine: Machine, _ attachments: KnownAttachments?) {
        self.machine = machine
        self.attachments = attachments
        configurations = ConfigurationFiles(in: machine.configurationFolder)
        // Before the links: what an ADD makes last is then not seen without what it makes first.
        firewall = attempting { () throws(NetlinkError) in try FirewallSurvey() }
        foundLinks = attempting { () throws(NetlinkError) in try RoutingSocket().links() }
        linkedKeys = foundLinks.map { links in
            var keys: Set<String> = []
            for link in links where link.provesNamespace {
                guard let key = link.attributes.alias, let mark = AttachmentMark(key) else { continue }
                keys.formUnion([key, String(key.dropLast(mark.interface.count))])
            }
            return keys
        }
        foundAddresses = attempting { () throws(NetlinkError) in try RoutingSocket().addresses() }
        foundRoutes = attempting { () throws(NetlinkError) in
            try RoutingSocket().routes(.v4) + RoutingSocket().routes(.v6)
        }
    }

    func rules() throws(Obstacle) -> FirewallSurvey { try firewall.get() }
    func links() throws(Obstacle) -> [Link] { try foundLinks.get() }
    func addresses() throws(Obstacle) -> [(index: UInt32, address: InterfaceAddress)] {
        try foundAddresses.get()
    }
    func routes() throws(Obstacle) -> [(index: UInt32?, route: Route)] { try foundRoutes.get() }

    /// The bridges of containers: those with our mark, and those that configurations name.
    func bridges() throws(Obstacle) -> [Link] {
        let configured = configurations.bridgeNames
        return try links().filter { link in
            guard case .bridge = link.kind else { return false }
            return Ownership.isShared(alias: link.attributes.alias) || configured.contains(link.name)
        }
    }

    /// The links on the host that have containers' gateway, if they have an address: those with our mark, and
    /// bridges that configurations make gateways.
    func gateways() throws(Obstacle) -> [Link] {
        let configured = configurations.gatewayNames
        return try links().filter {
            Ownership.isShared(alias: $0.attributes.alias) || configured.contains($0.name)
        }
    }

    /// The same without bridges of ours that have no container now: the next ADD sets up what they need.
    func gatewaysInUse() throws(Obstacle) -> [Link] {
        let masters = Set(try links().compactMap(\.master))
        return try gateways().filter { link in
            guard case .bridge = link.kind, Ownership.isShared(alias: link.attributes.alias) else {
                return true
            }
            return masters.contains(link.index)
        }
    }

    /// The links on the host that are marked as an attachment's, with its key.
    func attachedLinks() throws(Obstacle) -> [(link: Link, key: String)] {
        try links().compactMap { link in
            guard let alias = link.attributes.alias, AttachmentMark(alias) != nil else { return nil }
            return (link, alias)
        }
    }

    /// What is known of the attachment with a key: a link of it that has its other end in a namespace is worth more
    /// than what runtimes remember.
    func standing(of key: String) throws(Obstacle) -> KnownAttachments.Standing {
        guard let attachments, !(try linkedKeys.get().contains(key)) else { return .valid }
        return attachments.standing(of: key)
    }

    /// What is known of a container's attachments to a network, or of the one with that interface.
    func standing(
        of containerID: String, interface: String?, in network: NetworkName
    ) throws(Obstacle) -> KnownAttachments.Standing {
        guard let interface else {
            return try standing(of: KnownAttachments.container(containerID, in: network))
        }
        return try standing(
            of: AttachmentReference(containerID: containerID, ifname: interface).key(in: network))
    }

    /// The networks on a link that others can reach.
    func networks(on link: Link) throws(Obstacle) -> [IPPrefix] {
        try addresses().filter { $0.index == link.index && $0.address.scope == .global }.map(\.address.prefix)
    }

    /// The links of the default routes in the main table: the ways out.
    func uplinks() throws(Obstacle) -> [Link] {
        let indices = Set(
            try routes().filter { $0.route.destination.length == 0 && $0.route.table == Route.mainTable }
                .compactMap(\.index))
        return try links().filter { indices.contains($0.index) }
    }

    /// The value of a setting below /proc/sys; nil if the kernel does not have it.
    func setting(_ path: String) throws(Obstacle) -> String? {
        try text("sys/\(path)").map { $0.first ?? "" }
    }

    /// The value of a setting that is a number.
    func number(_ path: String) throws(Obstacle) -> Int? { try setting(path).flatMap { Int($0) } }

    /// The path of a setting, to write it.
    func settingPath(_ path: String) -> String { "\(machine.proc)/sys/\(path)" }

    /// The lines of a file below /proc; nil if there is none.
    func text(_ path: String) throws(Obstacle) -> [String]? {
        let content = try looking { () throws(SystemError) in
            try File.read("\(machine.proc)/\(path)", limit: 1 << 20)
        }
        return content?.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
    }
}

private func attempting<Value>(
    _ body: () throws(NetlinkError) -> Value
) -> Result<Value, Obstacle> {
    do throws(NetlinkError) {
        return .success(try body())
    } catch {
        return .failure(Obstacle(error))
    }
}
