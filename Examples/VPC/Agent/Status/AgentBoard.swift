// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import Addressing
internal import Synchronization

/// How the agent is doing, for those who look at it.
package final class AgentBoard: Sendable {
    private struct Content {
        var keeper: PoolKeeper?
        var node: NodeIdentity?
        var waitingFor: String? = "the metadata service and EC2"
        var vpcNetworks: [IPPrefix] = []
        var kernelFailure: String?
        var maxPods: Int?
    }

    private let content = Mutex(Content())

    package init() {}

    func set(keeper: PoolKeeper, node: NodeIdentity) {
        content.withLock { content in
            content.keeper = keeper
            content.node = node
            content.waitingFor = "the first look at the node's ENIs and namespaces"
        }
    }

    /// Lets go of the keeper, and with it of the journal.
    func clear() { content.withLock { $0.keeper = nil } }

    func set(waitingFor text: String?) { content.withLock { $0.waitingFor = text } }
    func set(vpcNetworks: [IPPrefix]) { content.withLock { $0.vpcNetworks = vpcNetworks } }
    func set(kernelFailure: String?) { content.withLock { $0.kernelFailure = kernelFailure } }
    func set(kubeletMaxPods: Int?) { content.withLock { $0.maxPods = kubeletMaxPods } }

    package var keeper: PoolKeeper? { content.withLock { $0.keeper } }
    package var node: NodeIdentity? { content.withLock { $0.node } }
    package var waitingFor: String? { content.withLock { $0.waitingFor } }
    var vpcNetworks: [IPPrefix] { content.withLock { $0.vpcNetworks } }
    package var kernelFailure: String? { content.withLock { $0.kernelFailure } }
    package var kubeletMaxPods: Int? { content.withLock { $0.maxPods } }
}
