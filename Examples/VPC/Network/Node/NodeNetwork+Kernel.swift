// SPDX-License-Identifier: Apache-2.0

public import NetworkState

extension NodeNetwork {
    /// Brings the kernel to what the node has to have, as far as possible: every step that can be done is done.
    ///
    /// Again until there is nothing to be done: what depends on a step of this time is done the next time.
    ///
    /// - Returns: The steps that were done; none if everything was as described.
    /// - Throws: The first failure, with the others.
    @discardableResult
    public func converge(_ session: NetworkSession) throws(StateError) -> [Change] {
        let links = try session.advertisedLinks(in: .host)
        let found = try session.observe(desiredState(among: links))
        return try session.converge(to: desiredState(among: links, given: found))
    }

    /// Takes what the agent has made off the kernel, as far as possible.
    ///
    /// Again until there is nothing to be done, as ``converge(_:)``.
    ///
    /// - Returns: The steps that were done; none if nothing was left.
    /// - Throws: The first failure, with the others.
    @discardableResult
    public static func takeDown(_ session: NetworkSession) throws(StateError) -> [Change] {
        try session.converge(to: absence(given: try session.observe(absence())))
    }
}
