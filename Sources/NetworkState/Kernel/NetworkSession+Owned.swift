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
            .map { LinkState($0, master: nil) }
        var steps: [Change] = []
        var lenders: [String] = []
        for record in try attachmentRecords() where isGoing(record.owner) {
            // In the container of an attachment that nobody knows any more there is nothing to be done.
            let isLender = record.steps.contains { $0.returnsLink }
            let link = isLender ? links.first { $0.alias == record.owner } : nil
            steps += record.steps.homecoming(of: link).filter { $0.place == .host }
            if isLender { lenders.append(record.owner) }
        }
        // A link that was lent is nobody's to remove.
        return try steps + elementRemovals(in: state, where: isGoing)
            + links.filter { !lenders.contains($0.alias ?? "") }.map { Change(.remove(.link($0)), in: .host) }
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
        for name in names { steps += try elementRemovals(in: name, where: isGoing) }
        return steps
    }

    /// Takes owners from all elements of a table.
    func elementRemovals(
        in table: NFTables.TableName, where isGoing: (String) -> Bool
    ) throws(StateError) -> [Change] {
        let socket = try firewall(.host)
        var steps: [Change] = []
        for set in try netlink({ () throws(NetlinkError) in try socket.sets(in: table) }) {
            let elements = try netlink { () throws(NetlinkError) in try socket.elements(of: set) } ?? []
            for element in elements {
                if let step = element.withdrawal(from: set, where: isGoing) { steps.append(step) }
            }
        }
        return steps
    }
}
