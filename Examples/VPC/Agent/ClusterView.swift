// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import CNITypes
internal import EC2
internal import Logging
internal import NodeAgentCore
package import NodeAgentKubernetes

/// What the agent reads of Kubernetes and writes to it; nothing in EC2 changes because it does not answer.
package struct ClusterView: Sendable {
    let client: KubernetesClient
    let node: String
    let events: KubernetesEvents

    /// How often the node's object is read.
    package var period = Self.usualPeriod
    static let usualPeriod = Duration.seconds(30)
    static let eniConfigs = KubernetesResource(
        group: "crd.k8s.amazonaws.com", version: "v1alpha1", plural: "eniconfigs")

    /// - Parameter node: The name of the node's object.
    package init(_ client: KubernetesClient, node: String) {
        self.client = client
        self.node = node
        events = KubernetesEvents(client, component: "vpc-agent", node: node)
    }

    /// Reads the node's object from time to time: how many pods kubelet takes, whether it is cordoned, its ENIConfig.
    ///
    /// - Parameter usesConfigs: Whether the ENIConfig objects say where pods' ENIs are.
    func follow(_ keeper: PoolKeeper, _ agent: VPCAgent, usesConfigs: Bool) async {
        var told: Int?
        var isReachable = true
        while !Task.isCancelled {
            do throws(AgentError) {
                if let object = try await client.get(.nodes, node) {
                    isReachable = true
                    let maxPods = Self.maxPods(of: object)
                    if let maxPods, maxPods != told {
                        told = maxPods
                        await judge(maxPods, keeper, agent)
                    }
                    let isCordoned = object["spec"]?["unschedulable"]?.bool == true
                    let grows = !isCordoned || agent.options.managesNonSchedulableNodes
                    await keeper.setWarm(grows ? agent.options.targets : agent.options.targets.withoutWarmth)
                    if usesConfigs { try await useConfig(of: object, keeper, agent) }
                } else {
                    agent.logger.warning("kubernetes has no node of this name", metadata: ["node": "\(node)"])
                }
            } catch {
                if error.code == .cancelled { return }
                if isReachable {
                    agent.logger.warning("cannot read the node's object", metadata: ["reason": "\(error)"])
                }
                isReachable = false
            }
            do { try await Task.sleep(for: period) } catch { return }
        }
    }

    private static func maxPods(of node: JSON) -> Int? {
        (node["status"]?["capacity"]?["pods"]?.string).flatMap { Int($0) }
            ?? node["status"]?["capacity"]?["pods"]?.int
    }

    /// Says once when kubelet takes more pods than can have an address.
    private func judge(_ maxPods: Int, _ keeper: PoolKeeper, _ agent: VPCAgent) async {
        let reachable = await keeper.maxPods
        agent.board.set(kubeletMaxPods: maxPods)
        // Pods in the host's network have no address of their own.
        await keeper.setMaxPods(max(maxPods - MaxPods.hostNetworkPods, 1))
        guard maxPods > reachable.pods else { return }
        let limits = await keeper.input.limits
        let text =
            "kubelet takes \(maxPods) pods, and this node has addresses for \(reachable.pods):"
            + " \(limits.enis) ENIs x \(limits.addressesPerENI - 1) slots"
            + (agent.options.isCustomNetworking ? ", without the primary ENI" : "")
            + (agent.options.usesPrefixes ? ", 16 addresses each," : "")
            + " + 2; set --max-pods to \(reachable.pods)"
        agent.logger.warning(
            "max-pods is too high", metadata: ["kubelet": "\(maxPods)", "node": "\(reachable.pods)"])
        await write(.warning, "MaxPodsTooHigh", text)
    }

    private func useConfig(of object: JSON, _ keeper: PoolKeeper, _ agent: VPCAgent) async throws(AgentError)
    {
        let options = agent.options
        let name = ENIConfig.name(
            of: object, annotation: options.eniConfigAnnotation, label: options.eniConfigLabel)
        guard let found = try await client.get(Self.eniConfigs, name) else {
            return await write(.warning, "ENIConfigMissing", "there is no ENIConfig \(name)")
        }
        do throws(CNIError) {
            let config = try ENIConfig(found)
            if let problem = await keeper.use(config, named: name) {
                await write(.warning, "ENIConfigUnusable", problem)
            }
        } catch {
            await write(.warning, "ENIConfigUnusable", "ENIConfig \(name): \(error.message)")
        }
    }

    /// Tells of a failure of EC2 that an operator has to know of.
    func tell(_ failure: EC2Error) async {
        let request = failure.requestID.map { " (request \($0))" } ?? ""
        switch failure.kind {
        case .unauthorized:
            await write(
                .warning, "MissingIAMPermissions",
                "\(failure.missingPermission ?? failure.action) is not allowed\(request): \(failure.message)")
        case .insufficientAddresses, .insufficientPrefixes:
            await write(.warning, "SubnetExhausted", "\(failure.code): \(failure.message)\(request)")
        case .invalidCredentials, .expiredCredentials, .noCredentials, .clockSkew:
            await write(.warning, "AWSCredentials", "\(failure)")
        case .transport, .timedOut: await write(.warning, "EC2Unreachable", "\(failure)")
        default: break
        }
    }

    /// Tells of something else that an operator has to know of.
    func tell(_ notice: Notice) async { await write(.warning, notice.reason, notice.message) }

    private func write(_ kind: KubernetesEvents.Kind, _ reason: String, _ message: String) async {
        // Nothing depends on an event.
        try? await events.write(kind, about: .node(node), reason: reason, message: message)
    }
}

extension Targets {
    /// Nothing is kept ready: for a node that takes no new pods.
    var withoutWarmth: Targets {
        var targets = self
        targets.warmENIs = 0
        targets.warmAddresses = warmAddresses.map { _ in 0 }
        targets.minimumAddresses = minimumAddresses.map { _ in 0 }
        targets.warmPrefixes = 0
        return targets
    }
}
