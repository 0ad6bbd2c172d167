// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import EC2
internal import Logging
internal import NodeAgentStatus

extension PoolKeeper {
    /// Makes right what is not as it has to be of the ENIs that were made for this node's pods.
    ///
    /// They have the security groups that the primary ENI has by now, as with the reference; with custom networking the
    /// groups are the ENIConfig's, and an ENI of a pod's own has its own. And they go with the instance, also those whose
    /// making was interrupted before that was said.
    func mendOwnENIs(_ interfaces: [NetworkInterface]) async {
        let (node, options) = (operations.node, operations.options)
        let groups = interfaces.first { pool[ENIID($0.id)]?.isPrimary == true }?.securityGroupIDs ?? []
        if !options.isCustomNetworking, !groups.isEmpty {
            // What is made from now on has them from the start.
            operations.node.securityGroups = groups
        }
        guard input.changesAnything, !input.isDraining else { return }
        for interface in interfaces where interface.tags[ENITags.instance] == node.instance {
            guard let eni = pool[ENIID(interface.id)], !eni.isPrimary, eni.status == .attached,
                !eni.isLeaving,
                let attachment = interface.attachment, !isBeingMade(interface)
            else { continue }
            if case .foreign = eni.role { continue }
            if !attachment.deletesOnTermination, let id = attachment.id {
                await mend(interface.id, .deletesOnTermination(attachment: id, true))
            }
            if !options.isCustomNetworking, eni.role == .pool, !groups.isEmpty,
                Set(interface.securityGroupIDs) != Set(groups)
            {
                await mend(interface.id, .securityGroupIDs(groups))
            }
        }
    }

    /// Whether an ENI may be one that is just being attached, and is not said to go with the instance yet.
    private func isBeingMade(_ interface: NetworkInterface) -> Bool {
        guard interface.attachment?.deletesOnTermination == false else { return false }
        return pool.operations.values.contains { if case .create = $0 { true } else { false } }
    }

    private func mend(_ id: String, _ change: NetworkInterfaceChange) async {
        let call = "ModifyNetworkInterfaceAttribute"
        guard input.backoffs.allows(call: call, now: clock()) else { return }
        do throws(EC2Error) {
            try await operations.service.modifyNetworkInterface(id, change)
            logger.notice("ENI mended", metadata: ["eni": "\(id)", "change": "\(change)"])
        } catch {
            if error.kind == .cancelled { return }
            logger.warning("cannot mend an ENI", metadata: ["eni": "\(id)", "reason": "\(error)"])
            metrics.ec2Errors[error.action].increment()
            input.backoffs.note(.failed(call: call), now: clock(), jitter: Double.random(in: 0...1))
            failureChannel.yield(error)
        }
    }
}
