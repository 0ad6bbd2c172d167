// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkSession {
    /// The steps that remove what belongs to attachments whose key `isGoing` accepts, found by their marks and records.
    ///
    /// For garbage collection. Looks through all links of the host, all elements of our tables, and all records.
    ///
    /// - Parameter state: Describes tables that are ours although an old kernel does not keep their mark.
    public func removals(
        of isGoing: (String) -> Bool, in state: NetworkState?
    ) throws(StateError) -> [Change] {
        let socket = try routing(.host)
        let links = try netlink { () throws(NetlinkError) in try socket.links() }
            .filter { $0.attributes.alias.map(isGoing) ?? false }
        return try recordedSteps(where: isGoing) + elementRemovals(in: state, where: isGoing)
            + links.map { Change(.remove(.link(LinkState($0, master: nil))), in: .host) }
    }

    /// Takes owners from all elements of our tables.
    func elementRemovals(
        in state: NetworkState?, where isGoing: (String) -> Bool
    ) throws(StateError) -> [Change] {
        let socket = try firewall(.host)
        var names: [NFTables.TableName] = []
        for item in state?.items ?? [] where item.place == .host {
            if case .firewall(let object) = item.object, !names.contains(object.table) {
                names.append(object.table)
            }
        }
        for table in try netlink({ () throws(NetlinkError) in try socket.tables() })
        where Ownership.isShared(comment: table.comment) && !names.contains(table.name) {
            names.append(table.name)
        }
        var steps: [Change] = []
        for name in names {
            for set in try netlink({ () throws(NetlinkError) in try socket.sets(in: name) }) {
                let elements = try netlink { () throws(NetlinkError) in try socket.elements(of: set) } ?? []
                for element in elements {
                    if let step = element.withdrawal(from: set, where: isGoing) { steps.append(step) }
                }
            }
        }
        return steps
    }
}
