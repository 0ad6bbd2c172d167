// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import Logging
internal import NIOPosix
internal import NodeAgentCore

extension VPCAgent {
    /// Gives back every ENI and address that no pod uses, and takes the node's rules away if none is left.
    ///
    /// - Parameter limit: How long that may take.
    /// - Returns: What is left, a line each.
    /// - Throws: `AgentError` if an agent runs; failures of EC2.
    package func drain(within limit: Duration = .seconds(300)) async throws -> [String] {
        if refusesOthers, let evidence = OtherAgent.evidence() {
            throw AgentError(.refused, "aws-node runs on this node (\(evidence))")
        }
        let journal = try openJournal()
        guard let node = await discover() else { throw AgentError(.cancelled, "cancelled") }
        let keeper = try await keeper(for: node, journal: journal)
        try await keeper.lookAtEC2()
        await keeper.prove()
        // Attachments without a namespace are of containers that are gone.
        await keeper.beginDraining()
        let run = Task { await keeper.run() }
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end, await keeper.isReturning {
            do { try await Task.sleep(for: .milliseconds(500)) } catch { break }
            // One that was still being attached can go when it is there.
            if await keeper.hasMovingENIs { try? await keeper.lookAtEC2() }
        }
        run.cancel()
        await run.value
        // What the agent was just making or removing when it was stopped.
        if !options.isLeakSweepDisabled {
            _ = try await LeakSweep(operations: await keeper.operations).run(isStart: true)
        }
        var left = await keeper.leftovers
        if left.isEmpty, surroundings.links == nil {
            let kernel = NodeKernel(on: MultiThreadedEventLoopGroup(numberOfThreads: 1).next())
            if let failure = await kernel.removeAll() { left.append("node's network: \(failure)") }
        }
        return left
    }
}

extension PoolKeeper {
    /// Has everything given back that nobody uses.
    func beginDraining() async {
        if let holders = try? await look.holders() {
            for assignment in goneAttachments(holders) { try? release(assignment.key, reason: "drain") }
            pool.forgetCooling()
        }
        input.isDraining = true
    }

    /// Whether an ENI is neither attached nor gone.
    var hasMovingENIs: Bool {
        pool.enis.contains { eni in
            if case .foreign = eni.role { return false }
            return eni.status != .attached
        }
    }

    /// Whether something is still to be given back, or on its way.
    var isReturning: Bool {
        var input = input
        input.now = clock()
        let plan = pool.plan(input)
        return hasMovingENIs || !pool.operations.isEmpty || !plan.actions.isEmpty
            || input.backoffs.next(after: input.now) != nil
    }

    /// What is left that is this agent's.
    var leftovers: [String] {
        pool.enis.filter { eni in
            switch eni.role {
            case .foreign: false
            case .exclusive: true
            case .pool: !eni.isPrimary || eni.blocks.contains { !$0.isForeign }
            }
        }.map { eni in
            let holders = pool.assignments.values.filter { $0.eni == eni.id }.map {
                $0.pod.isEmpty ? $0.key.description : $0.pod
            }
            return
                "\(eni.id): \(holders.isEmpty ? "not given back" : "used by \(holders.sorted().joined(separator: ", "))")"
        }
    }
}
