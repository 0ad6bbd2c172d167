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
        let request = request.with(try allocate(.preview, for: request))
        let addressing = try request.ipam?.plan(.add) ?? Plan()
        let wanted = StateRequest(
            request, addresses: supplement(addressing.result ?? CNIResult(), for: request.configuration),
            previousResult: try request.previousResult,
            isAttached: false)
        let (state, found) = try description(of: wanted, session, forChange: false)
        let links = state.reportedLinks.map { link in
            (link, state.link(link.name, in: link.place)?.madeWith ?? LinkAttributes())
        }
        return Plan(
            steps: addressing.steps + state.changes(from: found).map(\.description),
            result: wanted.result(links: links, sandbox: request.namespacePath))
    }

    private func planDeletion(_ request: Request<Configuration>) throws(CNIError) -> Plan {
        let (_, steps) = try removal(request)
        return Plan(steps: steps.map(\.description) + (try request.ipam?.plan(.delete).steps ?? []))
    }
}
