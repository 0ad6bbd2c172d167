// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState
internal import VPCNetwork

extension VPCPlugin {
    /// Makes room for the container of a pod whose earlier one is still there, and refuses an ENI that is another one.
    public func prepare(
        _ state: inout NetworkState, given found: ObservedState, for request: StateRequest<VPCConfiguration>
    ) throws(CNIError) {
        guard request.isAddition, let attachment = request.attachment,
            let allocation = request.configuration.allocation
        else { return }
        if allocation.mode == .exclusive { return try requireENI(of: allocation, found) }
        var names = [hostLink(of: attachment, allocation, request)]
        if let vlan = allocation.branch?.vlan { names.append(PodAttachment.branchLink(vlan)) }
        for name in names {
            guard let earlier = earlierLink(name, found, request), let owner = earlier.alias else { continue }
            // A trunk has a VLAN only once, and the pod's branch and its address are the same for both containers.
            let other =
                allocation.branch == nil
                ? HostLinkName.displaced(prefix: request.configuration.linkPrefix, owner: owner) : nil
            state.displace(earlier, to: other, in: .host)
        }
    }

    /// The link of that name if it is another attachment's of this network: a pod's names come again with its next
    /// container, before the last one is deleted.
    private func earlierLink(
        _ name: String, _ found: ObservedState, _ request: StateRequest<VPCConfiguration>
    ) -> LinkState? {
        guard let link = found.link(name, in: .host), let mark = link.alias, mark != request.owner,
            mark.hasPrefix(request.network.name.keyPrefix)
        else { return nil }
        return link
    }

    /// An interface's name can be another ENI's by now.
    private func requireENI(of allocation: PodAttachment, _ found: ObservedState) throws(CNIError) {
        guard let eni = allocation.addresses.first?.eni else { return }
        guard let link = found.link(eni.link, in: .host) else {
            throw CNIError(.tryAgainLater, "the ENI's interface \(eni.link) is not on the node")
        }
        guard link.attributes.mac == eni.mac else {
            throw CNIError(
                .tryAgainLater, "the interface \(eni.link) is not the ENI that the pod is to have",
                details: "the ENI's MAC address is \(eni.mac)")
        }
    }
}
