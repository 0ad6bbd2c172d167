// SPDX-License-Identifier: Apache-2.0

package import AddressPool
internal import CNITypes
internal import EC2
package import Logging
internal import NodeAgentCore

/// Holds the pool alone: what is handed out, what is given back, and what is done in EC2 come one after the other here.
package actor PoolKeeper {
    var pool: Pool
    var journal: JournalFile
    var input: PlanInput
    var operations: ENIOperations
    let look: any NamespaceLook
    let logger: Logger
    let metrics: AgentMetrics
    let clock: @Sendable () -> Moment

    var waiters: [Waiter] = []
    /// How many addresses subnets had the last time.
    var freeAddresses: [String: Int] = [:]
    /// The networks of the subnets that are known.
    var subnets: [String: SubnetNetworks] = [:]
    var nextWaiter = 0
    var timer: Task<Void, Never>?
    var lastPlan = Plan()
    var lastHeldLook = Moment.zero
    /// Where what the node has is written down, and what was written last.
    var recordFile: RecordFile?
    var lastRecord: [UInt8] = []
    /// Pods whose addresses are others than before, if somebody wants to know of them.
    nonisolated let podChanges: AsyncStream<PodAddresses>
    let podChange: AsyncStream<PodAddresses>.Continuation
    /// The last failure of a call, for people; nil after a success.
    var lastFailure: EC2Error?
    /// Failures to report, such as a missing permission.
    nonisolated let failures: AsyncStream<EC2Error>
    let failureChannel: AsyncStream<EC2Error>.Continuation
    /// What an operator is to know of beside failures.
    nonisolated let notices: AsyncStream<Notice>
    let noticeChannel: AsyncStream<Notice>.Continuation
    /// Whether ENIs of a node that has just been made wait for the kernel's side before they give addresses.
    var awaitsKernel = false

    /// A signal whenever there may be something to do.
    nonisolated let signals: AsyncStream<Void>
    nonisolated let signal: AsyncStream<Void>.Continuation
    /// A signal whenever the ENIs are others than before.
    nonisolated let eniChanges: AsyncStream<Void>
    nonisolated let eniChange: AsyncStream<Void>.Continuation
    /// A signal whenever EC2 has to be looked at before its time.
    nonisolated let lookRequests: AsyncStream<Void>
    nonisolated let lookRequest: AsyncStream<Void>.Continuation

    /// Takes over a pool and its journal, which is written anew.
    ///
    /// - Throws: `SystemError` if the journal cannot be written.
    package init(
        pool: Pool, journal: consuming JournalFile, input: PlanInput, operations: ENIOperations,
        look: any NamespaceLook, metrics: AgentMetrics, logger: Logger,
        clock: @escaping @Sendable () -> Moment = { NodeClock.now }
    ) throws {
        try journal.compact(pool.journalContent)
        self.pool = pool
        self.journal = journal
        self.input = input
        self.operations = operations
        self.look = look
        self.logger = logger
        self.metrics = metrics
        self.clock = clock
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (eniChanges, eniChange) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (lookRequests, lookRequest) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (podChanges, podChange) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4096))
        (notices, noticeChannel) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(32))
        (failures, failureChannel) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(32))
    }

    /// Plans and acts until the task is cancelled; what is under way then is waited for no longer.
    package func run() async {
        signal.yield()
        await withDiscardingTaskGroup { group in
            for await _ in signals {
                if Task.isCancelled { break }
                await settle()
                for (number, action) in beginPlan() {
                    group.addTask { await self.perform(number, action) }
                }
            }
            group.cancelAll()
        }
        timer?.cancel()
        for waiter in waiters {
            waiter.continuation.resume(
                returning: .failure(CNIError(.tryAgainLater, "vpc-agent is being stopped")))
        }
        waiters = []
    }

    /// Plans, and notes what is begun.
    private func beginPlan() -> [(Int, Action)] {
        input.now = clock()
        input.waiting = waiters.count { $0.request.exclusive == nil }
        input.waitingForENI = waiters.compactMap(\.request.exclusive)
        let plan = pool.plan(input)
        lastPlan = plan
        schedule(plan.due)
        updateGauges()
        let begun = plan.actions.compactMap { action -> (Int, Action)? in
            guard let number = pool.begin(action) else { return nil }
            logger.debug("EC2 change planned", metadata: ["action": "\(action)"])
            return (number, action)
        }
        if !begun.isEmpty { record() }
        return begun
    }

    private func schedule(_ due: Moment?) {
        timer?.cancel()
        timer = nil
        var due = due
        if pool.hasHeld { due = min(due ?? .max, lastHeldLook + Self.heldPeriod) }
        guard let due else { return }
        let pause = max(due - clock(), .milliseconds(20))
        timer = Task { [signal] in
            do { try await Task.sleep(for: pause) } catch { return }
            signal.yield()
        }
    }

    /// How often what a namespace holds without having been given it is looked at again.
    static let heldPeriod = Duration.seconds(30)

    /// Looks whether addresses that have cooled are held by a namespace, and frees those that are not.
    private func settle() async {
        let now = clock()
        let isHeldDue = pool.hasHeld && now - lastHeldLook >= Self.heldPeriod
        guard pool.isProven, isHeldDue || pool.nextCooled.map({ $0 <= now }) == true else { return }
        lastHeldLook = now
        let looked = pool.unproven(at: now)
        if looked.isEmpty { return }
        do {
            let holders = try await look.holders()
            pool.settle(looked, holders: holders, now: now)
            for address in looked {
                guard let holder = holders[address] else { continue }
                logger.warning(
                    "address is still held", metadata: ["address": "\(address)", "namespace": "\(holder)"])
                noticeChannel.yield(
                    Notice(
                        reason: "AddressHeld",
                        message:
                            "\(address) was given back, and \(holder) has it all the same: it is given to nobody"
                    ))
            }
            serve()
        } catch {
            logger.warning("cannot look at the node's namespaces", metadata: ["reason": "\(error)"])
        }
    }
}

extension Moment {
    static let max = Moment(milliseconds: .max)
}
