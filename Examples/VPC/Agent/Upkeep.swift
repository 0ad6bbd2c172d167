// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import EC2
internal import Logging
internal import NodeAgent
internal import NodeAgentCore
internal import NodeAgentStatus

/// What is looked at from time to time, and at once when there is a reason.
struct Upkeep: Sendable {
    let agent: VPCAgent
    let keeper: PoolKeeper
    let node: NodeIdentity
    /// Whether what the node has is of the record, until EC2 answers.
    let isFromRecord: Bool
    /// ENIConfigs of a file; nil for those of Kubernetes.
    let configs: ENIConfigFile?

    /// How often EC2 is asked what the node has, if nothing calls for it.
    static let lookPeriod = Duration.seconds(60)
    /// How soon after one look another one may follow.
    static let lookPause = Duration.seconds(2)
    /// How soon EC2 is asked again about what its answer has left out.
    static let suspectPause = Duration.seconds(8)
    static let subnetPeriod = Duration.seconds(300)
    static let sweepPeriod = Duration.seconds(3600)
    static let secondSweep = Duration.seconds(20)
    static let gonePeriod = Duration.seconds(120)
    static let metadataPeriod = Duration.seconds(30)

    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await begin() }
            group.addTask { await follow() }
            group.addTask { await every(Self.gonePeriod) { await keeper.releaseGone() } }
            group.addTask { await every(Self.metadataPeriod) { await readMetadata() } }
            group.addTask { await tellFailures() }
            group.addTask { await tellNotices() }
            if agent.options.changesEC2 {
                if !agent.options.isCustomNetworking {
                    group.addTask { await every(Self.subnetPeriod) { await findSubnets() } }
                }
                if !agent.options.isLeakSweepDisabled { group.addTask { await sweep() } }
            }
            if let configs, agent.options.isCustomNetworking, agent.options.changesEC2 {
                group.addTask { await every(ClusterView.usualPeriod) { await use(configs) } }
            }
            if let cluster = agent.cluster {
                group.addTask {
                    await cluster.follow(
                        keeper, agent, usesConfigs: agent.options.isCustomNetworking && configs == nil)
                }
                if agent.options.annotatesPodIP {
                    let annotations = PodAnnotations(client: cluster.client, logger: agent.logger)
                    group.addTask { await annotations.run(keeper.podChanges) }
                }
            }
            if let list = agent.networkList {
                group.addTask {
                    await list.publish(logger: agent.logger) {
                        await agent.board.readiness.problems.isEmpty
                    }
                }
            }
        }
    }

    /// The first look, after which addresses are handed out.
    private func begin() async {
        if isFromRecord { await prove() }
        var backoff = Backoff(from: .milliseconds(500), to: .seconds(15))
        while !Task.isCancelled {
            if await look() { break }
            do { try await backoff.pause() } catch { return }
        }
        if !isFromRecord { await prove() }
    }

    private func prove() async {
        await keeper.prove()
        agent.board.set(waitingFor: nil)
    }

    /// Looks at EC2 when something calls for it, and from time to time.
    private func follow() async {
        let timer = Task {
            while !Task.isCancelled {
                let jitter = Double.random(in: 0.8...1.2)
                do { try await Task.sleep(for: Self.lookPeriod * jitter) } catch { return }
                keeper.lookRequest.yield()
            }
        }
        defer { timer.cancel() }
        for await _ in keeper.lookRequests {
            if Task.isCancelled { return }
            _ = await look()
            do { try await Task.sleep(for: Self.lookPause) } catch { return }
            // What one answer leaves out the next one decides on.
            if await keeper.hasSuspects {
                do { try await Task.sleep(for: Self.suspectPause) } catch { return }
                keeper.lookRequest.yield()
            }
        }
    }

    private func look() async -> Bool {
        do {
            if agent.options.isIMDSOnly {
                try await keeper.lookAtMetadata(agent.metadata)
            } else {
                try await keeper.lookAtEC2()
            }
            return true
        } catch {
            agent.logger.warning("cannot look at what the node has in EC2", metadata: ["reason": "\(error)"])
            if let error = error as? EC2Error { keeper.failureChannel.yield(error) }
            return false
        }
    }

    /// The VPC's networks, and whether the metadata service shows other ENIs than are known: then EC2 is asked.
    private func readMetadata() async {
        guard let interfaces = try? await agent.metadata.networkInterfaces() else { return }
        if let primary = interfaces.first(where: { $0.macAddress == node.primaryMAC }) {
            agent.board.set(vpcNetworks: primary.vpcIPv4Networks + primary.vpcIPv6Networks)
            keeper.eniChange.yield()
        }
        let known = Set(await keeper.snapshot.enis.map(\.mac))
        if Set(interfaces.map(\.macAddress)) != known { keeper.lookRequest.yield() }
    }

    private func findSubnets() async {
        let discovery = SubnetDiscovery(service: agent.service, node: node, options: agent.options)
        do throws(EC2Error) {
            let subnets = try await discovery.subnets()
            if subnets.isEmpty {
                agent.logger.warning("no subnet may be used for pods", metadata: ["zone": "\(node.zone)"])
            }
            await keeper.use(subnets)
        } catch {
            agent.logger.warning("cannot find subnets", metadata: ["reason": "\(error)"])
            keeper.failureChannel.yield(error)
        }
    }

    /// Removes what an agent of this node has left over that was ended while it made or removed an ENI, and from then on
    /// what any of the cluster has.
    private func sweep() async {
        let start = await keeper.operations.clock()
        await sweep(isStart: true, madeBefore: start)
        // What was made in the second of the start may be this agent's own: until then that is attached.
        do { try await Task.sleep(for: Self.secondSweep) } catch { return }
        let isMaking = await keeper.snapshot.operations.values.contains {
            if case .create = $0 { true } else { false }
        }
        await sweep(isStart: !isMaking, madeBefore: start + 1)
        while !Task.isCancelled {
            let pause = Self.sweepPeriod * Double.random(in: 0.9...1.1)
            do { try await Task.sleep(for: pause) } catch { return }
            await sweep(isStart: false)
        }
    }

    private func sweep(isStart: Bool, madeBefore start: Int64 = .max) async {
        do throws(EC2Error) {
            let sweep = LeakSweep(operations: await keeper.operations)
            let swept = try await sweep.run(isStart: isStart, madeBefore: start)
            agent.metrics.sweptENIs.increment(by: swept.count)
        } catch {
            agent.logger.warning("cannot look for leaked ENIs", metadata: ["reason": "\(error)"])
        }
    }

    /// Tells of missing permissions and the like.
    private func tellFailures() async {
        for await failure in keeper.failures {
            if Task.isCancelled { return }
            if let permission = failure.missingPermission {
                agent.logger.error(
                    "IAM permission is missing",
                    metadata: ["permission": "\(permission)", "request": "\(failure.requestID ?? "")"])
            }
            if failure.kind == .insufficientAddresses || failure.kind == .insufficientPrefixes {
                await findSubnetsUnlessCustom()
            }
            // Last: an API server that does not answer holds nothing else up.
            await agent.cluster?.tell(failure)
        }
    }

    private func tellNotices() async {
        if agent.options.usesPrefixes, !node.limits.takesPrefixes {
            let text = "\(node.type) takes no prefixes (it is not Nitro): pods get single addresses"
            agent.logger.warning("\(text)")
            await agent.cluster?.tell(Notice(reason: "PrefixesNotSupported", message: text))
        }
        for await notice in keeper.notices {
            if Task.isCancelled { return }
            await agent.cluster?.tell(notice)
        }
    }

    private func findSubnetsUnlessCustom() async {
        if !agent.options.isCustomNetworking { await findSubnets() }
    }

    private func every(_ period: Duration, _ body: () async -> Void) async {
        while !Task.isCancelled {
            await body()
            do { try await Task.sleep(for: period * Double.random(in: 0.9...1.1)) } catch { return }
        }
    }
}
