// SPDX-License-Identifier: Apache-2.0

package import AddressPool
package import CNITypes
internal import LinuxCore
internal import Logging
internal import NodeAgentStatus

/// An ADD that waits for an address.
struct Waiter {
    let number: Int
    let request: AddRequest
    let since: ContinuousClock.Instant
    let continuation: CheckedContinuation<Result<Assignment, CNIError>, Never>
}

extension PoolKeeper {
    /// Gives an attachment an address, as soon as there is one.
    ///
    /// Writes the assignment to the journal before it answers. The same attachment gets the same addresses again.
    ///
    /// - Parameter patience: How long to wait for an address.
    /// - Throws: ``CNIError/Code/tryAgainLater`` with what is waited for if there is none in time.
    package func add(_ request: AddRequest, patience: Duration) async throws(CNIError) -> Assignment {
        metrics.addRequests.increment()
        if let given = try give(request) { return given }
        metrics.noAvailableAddresses.increment()
        let number = nextWaiter
        nextWaiter += 1
        let start = ContinuousClock.now
        let end = Task { [weak self] in
            do { try await Task.sleep(for: patience) } catch { return }
            await self?.giveUp(number)
        }
        defer { end.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiters.append(
                    Waiter(number: number, request: request, since: start, continuation: continuation))
                metrics.queue.set(waiters.count)
                signal.yield()
                // Cancelled before it was in the list.
                if Task.isCancelled { giveUp(number) }
            }
        } onCancel: {
            Task { await self.giveUp(number) }
        }
        metrics.waitSeconds.observe(start.duration(to: .now))
        return try result.get()
    }

    /// Gives what can be given now, nil if it has to be waited for.
    private func give(_ request: AddRequest) throws(CNIError) -> Assignment? {
        let before = pool.assignments[request.key]
        let assignment: Assignment
        do throws(PoolError) {
            guard let given = try attempt(request) else { return nil }
            assignment = given
        } catch {
            switch error {
            case .notProven, .empty: return nil
            case .conflict: throw CNIError(.invalidConfiguration, error.description)
            }
        }
        if assignment == before { return assignment }
        do throws(SystemError) {
            try journal.append(.assigned(assignment))
        } catch {
            pool.withdraw(request.key)
            throw CNIError(.ioFailure, "cannot write the journal", details: error.description)
        }
        compactIfWorthwhile()
        tellPod(assignment, isGone: false)
        // The warm addresses have become fewer.
        signal.yield()
        return assignment
    }

    private func attempt(_ request: AddRequest) throws(PoolError) -> Assignment? {
        if let exclusive = request.exclusive {
            if pool.assignments[request.key] == nil, !pool.isProven { throw .notProven }
            let eni = pool.assignments[request.key]?.eni ?? pool.exclusiveENI(for: exclusive.key)
            guard let eni else { return nil }
            return try pool.assignExclusive(
                request.key, eni, pod: request.pod, network: request.network, namespace: request.namespace,
                now: clock())
        }
        return try pool.assign(
            request.key, operations.options.families, pod: request.pod, network: request.network,
            namespace: request.namespace, now: clock())
    }

    /// Serves those who wait, first come, first served.
    func serve() {
        if waiters.isEmpty { return }
        var left: [Waiter] = []
        for waiter in waiters {
            do throws(CNIError) {
                guard let given = try give(waiter.request) else {
                    left.append(waiter)
                    continue
                }
                waiter.continuation.resume(returning: .success(given))
            } catch {
                waiter.continuation.resume(returning: .failure(error))
            }
        }
        waiters = left
        metrics.queue.set(waiters.count)
    }

    private func giveUp(_ number: Int) {
        guard let index = waiters.firstIndex(where: { $0.number == number }) else { return }
        let waiter = waiters.remove(at: index)
        var failure = shortage
        if let exclusive = waiter.request.exclusive {
            pool.unreserve(exclusive.key)
            failure = shortageOfENIs
        }
        waiter.continuation.resume(returning: .failure(failure))
        metrics.queue.set(waiters.count)
    }

    /// Why there is no ENI, for those who waited for one of their own.
    private var shortageOfENIs: CNIError {
        var reasons = input.backoffs.descriptions(now: clock())
        if let lastFailure { reasons.append("\(lastFailure)") }
        let used = pool.enis.count { $0.networkCard == 0 }
        reasons.append("ENIs: \(used) of \(input.maxENIs), all in use unless one is on its way")
        return CNIError(.tryAgainLater, "no ENI is free", details: reasons.joined(separator: "; "))
    }

    /// Why there is no address, for those who waited for one.
    var shortage: CNIError {
        var reasons = input.backoffs.descriptions(now: clock())
        if let lastFailure { reasons.append("\(lastFailure)") }
        if !pool.isProven { reasons.append("which addresses the node's namespaces hold is not known yet") }
        if lastPlan.unmet > 0, reasons.isEmpty {
            reasons.append("the node has all ENIs and addresses that it can have")
        }
        let counts = pool.counts
        reasons.append(
            "addresses: \(counts.total), assigned: \(counts.assigned), cooling or held: \(counts.resting)")
        return CNIError(.tryAgainLater, "no address is free", details: reasons.joined(separator: "; "))
    }

    /// Takes back what an attachment has; fine if it has nothing.
    package func release(_ key: AttachmentKey, reason: String) throws(CNIError) {
        metrics.deleteRequests[reason].increment()
        let former = pool
        guard let released = pool.release(key, now: clock()) else { return }
        do throws(SystemError) {
            let until = clock() + pool.cooldown
            try journal.append(
                .released(key, released.kind == .shared ? released.addresses : [], until: until))
        } catch {
            pool = former
            throw CNIError(.ioFailure, "cannot write the journal", details: error.description)
        }
        compactIfWorthwhile()
        tellPod(released, isGone: true)
        signal.yield()
    }

    /// Takes back what attachments of a network have that are not among the valid ones.
    package func collect(_ network: String, valid: Set<AttachmentKey>) throws(CNIError) {
        let gone = pool.assignments.values.filter { $0.network == network && !valid.contains($0.key) }
        for assignment in gone.sorted(by: { $0.key < $1.key }) { try release(assignment.key, reason: "gc") }
    }

    private func compactIfWorthwhile() {
        guard journal.wantsCompaction else { return }
        do throws(SystemError) {
            try journal.compact(pool.journalContent)
        } catch {
            logger.warning("cannot write the journal anew", metadata: ["reason": "\(error)"])
        }
    }

    /// What an attachment would get now; nothing is changed.
    package func preview(_ request: AddRequest) throws(CNIError) -> Assignment {
        var copy = pool
        do throws(PoolError) {
            return try copy.assign(
                request.key, operations.options.families, pod: request.pod, network: request.network,
                namespace: request.namespace, now: clock())
        } catch {
            throw error == .empty ? shortage : CNIError(.tryAgainLater, error.description)
        }
    }

    /// What an attachment has.
    package func assignment(_ key: AttachmentKey) -> Assignment? { pool.assignments[key] }

    /// An ENI of the pool.
    package func eni(_ id: ENIID) -> ENI? { pool[id] }

    /// The pool as it is.
    package var snapshot: Pool { pool }
}
