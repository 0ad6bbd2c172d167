// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import Netlink

extension NetworkSession {
    /// Finds what belongs to attachments by the marks in the kernel, without knowing their descriptions.
    ///
    /// For garbage collection, and for a deletion that was not told what there is. Looks through all links of
    /// the host and all elements of the sets that `state` describes.
    ///
    /// - Parameter isOwned: Whether an object with that owner's key is looked for.
    /// - Returns: The steps that remove what was found.
    public func removalsOfOwned(
        in state: NetworkState, where isOwned: (String) -> Bool
    ) throws(StateError) -> [Change] {
        let socket = try routing(.host)
        let links = try netlink { () throws(NetlinkError) in try socket.links() }
        let removals = links.filter { $0.attributes.alias.map(isOwned) ?? false }.map {
            Change(.remove(.link(LinkState($0, master: nil))), in: .host)
        }
        return try removalsOfOwnedElements(in: state, where: isOwned) + removals
    }

    /// The steps that take apart what there is of an attachment.
    ///
    /// - Parameter byMarks: Whether to look through all elements of the described sets for the owner's mark, too: for
    ///   a description made without knowing all that there was.
    public func removals(of state: NetworkState, byMarks: Bool) throws(StateError) -> [Change] {
        let removals = state.removals(from: try observe(state.removable))
        if !byMarks { return removals }
        let marked = try removalsOfOwnedElements(in: state) { $0 == state.owner }
        return marked.filter { step in !removals.contains { $0.object?.key == step.object?.key } } + removals
    }

    /// The networks of a container's interface, for a deletion that was not told them.
    public func addresses(ofContainerLink name: String) throws(StateError) -> [IPPrefix] {
        guard hasContainer, try hasLink(name, in: .container) else { return [] }
        let socket = try routing(.container)
        let index = try index(of: name, in: .container)
        return try netlink { () throws(NetlinkError) in try socket.addresses(on: index) }
            .map(\.address).filter { $0.scope == 0 }.map(\.prefix)
    }
}
