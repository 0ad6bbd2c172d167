// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import EC2
internal import Logging
internal import NodeAgentStatus

extension PoolKeeper {
    /// Does an action in EC2, and takes in what has come of it.
    func perform(_ number: Int, _ action: Action) async {
        metrics.inProgress[action.call].add(1)
        let start = ContinuousClock.now
        let outcome = await operations.perform(action)
        metrics.inProgress[action.call].add(-1)
        metrics.actionSeconds[action.call].observe(start.duration(to: .now))
        if case .failed(let error) = outcome, error.mayHaveHappened {
            // What it has brought, if it has happened, is known before anything else is planned.
            do { try await lookAtEC2() } catch { lookRequest.yield() }
        }
        finish(number, action, outcome)
    }

    private func finish(_ number: Int, _ action: Action, _ outcome: ActionOutcome) {
        let now = clock()
        let subnet = action.eni.flatMap { pool[$0]?.subnet }
        switch outcome {
        case .created(let interface):
            if var seen = SeenENI(
                interface, of: operations.node, operations.options, subnets: subnets, now: now)
            {
                // One for a container that has given up goes back.
                if case .create(let creation) = action, case .exclusive(let wanted) = creation.purpose {
                    seen.eni.role = .exclusive(isAwaited(wanted.key) ? wanted.key : nil)
                }
                pool.add(seen, now: now)
                if awaitsKernel, seen.eni.role == .pool {
                    pool.setDefect("its link is not there yet", of: seen.eni.id)
                }
            }
            eniChange.yield()
        case .assigned(let blocks): if let eni = action.eni { pool.add(blocks, to: eni, now: now) }
        case .unassigned(let blocks): if let eni = action.eni { pool.remove(blocks, from: eni, now: now) }
        case .removed:
            if let eni = action.eni { pool.remove(eni, now: now) }
            eniChange.yield()
        case .failed(let error):
            failed(action, error, in: createdIn(action) ?? subnet, now: now)
            pool.end(number)
            signal.yield()
            return
        }
        pool.end(number)
        record()
        input.backoffs.succeeded(action, in: subnet, call: action.call)
        input.lastChange = now
        lastFailure = nil
        serve()
        signal.yield()
    }

    private func isAwaited(_ key: AttachmentKey) -> Bool {
        pool.assignments[key] != nil || waiters.contains { $0.request.exclusive?.key == key }
    }

    private func createdIn(_ action: Action) -> SubnetID? {
        if case .create(let creation) = action { creation.subnet } else { nil }
    }

    private func failed(_ action: Action, _ error: EC2Error, in subnet: SubnetID?, now: Moment) {
        if error.kind == .cancelled { return }
        logger.warning("EC2 change failed", metadata: ["action": "\(action)", "reason": "\(error)"])
        metrics.ec2Errors[error.action].increment()
        input.backoffs.note(
            Refusal(error, of: action, in: subnet), now: now, jitter: Double.random(in: 0...1))
        lastFailure = error
        failureChannel.yield(error)
        // What is known of the node may be out of date, or it may have been done all the same.
        lookRequest.yield()
    }
}
