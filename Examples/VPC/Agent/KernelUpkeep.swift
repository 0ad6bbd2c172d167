// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import CNITypes
internal import Logging
internal import NodeAgentCore
internal import NodeAgentStatus
internal import VPCNetwork

/// Keeps the kernel's side of the node's ENIs as it has to be: when they change, and at once when others change it.
struct KernelUpkeep: Sendable {
    let agent: VPCAgent
    let keeper: PoolKeeper
    let kernel: NodeKernel

    /// How often everything is compared though nothing was reported.
    static let period = Duration.seconds(60)

    func run() async {
        let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        signal.yield()
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in keeper.eniChanges { signal.yield() }
            }
            group.addTask { await listen(signal) }
            group.addTask {
                while !Task.isCancelled {
                    do { try await Task.sleep(for: Self.period) } catch { return }
                    signal.yield()
                }
            }
            var retry: Task<Void, Never>?
            defer { retry?.cancel() }
            for await _ in signals {
                if Task.isCancelled { break }
                let isWell = await converge()
                retry?.cancel()
                retry = nil
                // A link comes a while after its ENI is attached; netlink reports it, and this is for the rest.
                if !isWell {
                    retry = Task {
                        do { try await Task.sleep(for: .seconds(2)) } catch { return }
                        signal.yield()
                    }
                }
            }
            group.cancelAll()
        }
    }

    private func listen(_ signal: AsyncStream<Void>.Continuation) async {
        while !Task.isCancelled {
            do {
                for try await _ in kernel.interest.changes() { signal.yield() }
            } catch {
                agent.logger.warning("cannot listen to the kernel", metadata: ["reason": "\(error)"])
            }
            do { try await Task.sleep(for: .seconds(5)) } catch { return }
        }
    }

    private func converge() async -> Bool {
        let enis = await keeper.snapshot.enis
        guard enis.contains(where: \.isPrimary) else { return true }
        let networks = agent.board.vpcNetworks
        let options = agent.options
        let pass = await kernel.converge(enis) { NodeNetwork($0, vpc: networks, options) }
        if let failure = pass.failure, failure != agent.board.kernelFailure {
            agent.logger.warning("node's network is not as it has to be", metadata: ["reason": "\(failure)"])
        }
        if !pass.steps.isEmpty {
            if pass.isRepair { agent.metrics.driftRepaired.increment(by: pass.steps.count) }
            agent.logger.notice(
                pass.isRepair ? "node's network repaired" : "node's network changed",
                metadata: [
                    "steps": "\(pass.steps.prefix(10).joined(separator: "; "))",
                    "count": "\(pass.steps.count)",
                ])
        }
        agent.board.set(kernelFailure: pass.failure)
        await keeper.note(defects: pass.defects)
        return pass.failure == nil && pass.defects.values.allSatisfy { $0 == nil }
    }
}

extension NodeNetwork {
    /// Describes the node's network as the options say.
    init(_ enis: [NodeENI], vpc networks: [IPPrefix], _ options: AgentOptions) {
        // Until the VPC's networks are known, at least those of its subnets are not translated.
        let known =
            networks.isEmpty ? enis.flatMap { [$0.v4?.subnet, $0.v6?.subnet].compactMap { $0 } } : networks
        self.init(enis: enis, vpcCIDRs: known)
        excludedCIDRs = options.excludedSNATPrefixes
        serviceCIDRs = options.externalServicePrefixes
        translation =
            options.externalSNAT
            ? .external : .node(SourceTranslation.PortChoice(rawValue: options.randomizeSNAT) ?? .prng)
        supportsNodePorts = options.supportsNodePorts
        connectionMark = options.connmark
        mtu = UInt32(options.eniMTU)
        linkPrefix = options.vethPrefix
        hasStrictBranches = options.isPodENIEnabled && options.podSecurityGroupMode == "strict"
    }
}
