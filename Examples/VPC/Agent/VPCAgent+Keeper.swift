// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import CNITypes
internal import EC2
internal import Glibc
internal import Logging
internal import NodeAgentCore

extension VPCAgent {
    /// Makes the pool of the journal, or of the reference's checkpoint if this agent has never been here, and of what EC2
    /// says; nothing is handed out before the namespaces have been looked at.
    func keeper(for node: NodeIdentity, journal box: JournalBox) async throws -> PoolKeeper {
        guard let journal = box.take() else { throw AgentError(.conflict, "the journal is taken") }
        let now = NodeClock.now
        var pool = Pool(
            cooldown: options.cooldown, excludesPrimary: options.isCustomNetworking,
            seed: UInt64.random(in: 0 ... .max))
        if box.found.damaged > 0 {
            logger.warning(
                "journal is damaged: what is free cools once", metadata: ["records": "\(box.found.damaged)"])
        }
        let isSameBoot = box.found.boot == NodeBoot.id
        if box.found.records == 0 {
            let taken = try await takeOver(node, now: now)
            pool.restore(JournalContent(assignments: taken), isSameBoot: true, now: now)
        } else {
            pool.restore(box.found, isSameBoot: isSameBoot, now: now)
        }
        var input = PlanInput(
            targets: options.targets, limits: node.limits,
            subnets: options.isCustomNetworking ? [] : [node.subnet], now: now)
        input.changesAnything = options.changesEC2
        var operations = ENIOperations(
            service: service, node: node, options: options, logger: logger, clock: { NodeClock.seconds })
        operations.metadata = metadata
        return try PoolKeeper(
            pool: pool, journal: journal, input: input, operations: operations,
            look: surroundings.look ?? NodeSurvey(folders: paths.namespaces), metrics: metrics, logger: logger
        )
    }

    /// What the reference's agent has given out on this node.
    private func takeOver(
        _ node: NodeIdentity, now: Moment
    ) async throws -> [AttachmentKey: Assignment] {
        let text: [UInt8]
        do throws(AgentError) {
            text = try InputFile.content(of: options.checkpoint)
        } catch {
            return [:]
        }
        let checkpoint: Checkpoint
        do throws(CNIError) {
            checkpoint = try Checkpoint(parsing: text)
        } catch {
            // The look at the namespaces shows which addresses are held.
            logger.error(
                "checkpoint cannot be read; held addresses stay out",
                metadata: ["path": "\(options.checkpoint)", "reason": "\(error)"])
            return [:]
        }
        let interfaces = try await service.describeNetworkInterfaces(
            .matching("attachment.instance-id", node.instance))
        let enis = interfaces.compactMap { SeenENI($0, of: node, options, now: now) }
        let (assignments, stale) = checkpoint.assignments(on: enis, now: now)
        for reason in checkpoint.left {
            logger.notice("entry of the checkpoint is left out", metadata: ["reason": "\(reason)"])
        }
        logger.notice(
            "node taken over from aws-node",
            metadata: ["pods": "\(assignments.count)", "stale": "\(stale.count)"])
        return assignments
    }
}
