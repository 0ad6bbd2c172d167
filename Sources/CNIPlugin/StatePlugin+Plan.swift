// SPDX-License-Identifier: Apache-2.0

internal import Netlink
internal import NetworkState

extension StatePlugin {
    /// The steps of ADD or DEL, from the same description and the same observation, which are not done.
    public func plan(_ request: Request<Configuration>) throws(CNIError) -> Plan {
        request.command == .delete ? try planDeletion(request) : try planAddition(request)
    }

    private func planAddition(_ request: Request<Configuration>) throws(CNIError) -> Plan {
        let session = try sessionForAddition(request)
        let addressing = try request.ipam?.plan(.add) ?? Plan()
        let wanted = StateRequest(request, addresses: addressing.result ?? CNIResult())
        let (state, found) = try description(request, wanted) { state throws(StateError) in
            try session.observe(state)
        }
        let links = state.reportedLinks.map { link in
            (link, state.link(link.name, in: link.place)?.attributes ?? LinkAttributes())
        }
        return Plan(
            steps: addressing.steps + state.changes(from: found).map(\.description),
            result: wanted.result(links: links, sandbox: request.namespacePath))
    }

    private func planDeletion(_ request: Request<Configuration>) throws(CNIError) -> Plan {
        let session = NetworkSession(container: try request.openNamespaceIfPresent())
        let wanted = try deletion(request, session)
        let state = try desiredState(for: wanted)
        let removals = try withKernel("cannot look at \(wanted.owner)") { () throws(StateError) in
            try session.removals(of: state, byMarks: wanted.previousResult == nil)
        }
        return Plan(steps: removals.map(\.description) + (try request.ipam?.plan(.delete).steps ?? []))
    }
}
