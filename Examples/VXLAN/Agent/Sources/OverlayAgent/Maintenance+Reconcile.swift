// SPDX-License-Identifier: Apache-2.0

internal import NodeAgentCore
internal import CNITypes
internal import Glibc
internal import LeaseStores
internal import Logging
internal import NodeAgentStatus
internal import VXLANOverlay

extension Maintenance {
    /// What one reconciliation hands on to the next.
    private struct State {
        /// The leases as the store had them last; nil until it has told.
        var peers: [Lease]?
        /// When the file for the plugin was written last.
        var lastRecord: ContinuousClock.Instant?
        var retryPause = Duration.seconds(1)
        /// Whether the store has been told that the node is ready.
        var isReadyTold = false
    }

    /// Reconciles the kernel with what there is to do, time and again, until the interface to the others becomes another one.
    func reconcile() async {
        var state = State()
        for await _ in work.signals {
            let items = work.take()
            agent.board.update { $0.lastReconcile = .now }
            if items.looksAtUnderlay, await isElsewhere() { return }
            if items.hasContact { noteContact() }
            if let leases = items.leases {
                state.peers = leases
                await converge(to: leases, unreadable: items.unreadable, isRepair: false, &state)
            } else if items.comparesAll, let peers = state.peers {
                await converge(to: peers, unreadable: nil, isRepair: true, &state)
            }
            // Without the leases there is nothing to converge to, and what there is stays.
            if state.peers != nil { writeFiles(&state, hasContact: items.hasContact) }
        }
    }

    private func converge(
        to peers: [Lease], unreadable: [String]?, isRepair: Bool, _ state: inout State
    ) async {
        let start = ContinuousClock.now
        let pass =
            isRepair
            ? await agent.kernel.converge(node, to: peers) : await agent.kernel.follow(node, to: peers)
        let time = start.duration(to: .now)
        let metrics = agent.metrics
        metrics.passes.increment()
        (isRepair ? metrics.passTime : metrics.leaseTime).observe(time)
        (isRepair ? metrics.repairSteps : metrics.leaseSteps).increment(by: pass.stepCount)
        note(pass, unreadable, time)
        firstPass.continuation.finish()
        if pass.stepCount > 0 {
            let shown = pass.firstSteps.joined(separator: "; ")
            agent.logger.log(
                level: isRepair ? .notice : .info,
                isRepair ? "the kernel was repaired" : "the kernel follows the leases",
                metadata: ["steps": "\(pass.stepCount)", "first": "\(shown)"])
        }
        guard let failure = pass.failure else {
            state.retryPause = .seconds(1)
            return await tellReady(&state)
        }
        metrics.kernelFailures.increment()
        agent.logger.error("the kernel could not be changed", metadata: ["reason": "\(failure)"])
        retry(after: state.retryPause)
        state.retryPause = min(state.retryPause * 2, .seconds(30))
    }

    private func tellReady(_ state: inout State) async {
        if state.isReadyTold { return }
        do throws(AgentError) {
            try await agent.store.ready(node.lease)
            state.isReadyTold = true
        } catch {
            agent.logger.warning(
                "the store cannot be told that the node is ready", metadata: ["reason": "\(error)"])
        }
    }

    private func note(_ pass: Pass, _ unreadable: [String]?, _ time: Duration) {
        agent.metrics.wantedPeers.set(pass.wanted)
        agent.metrics.programmedPeers.set(pass.programmed)
        agent.board.update { status in
            status.lastPass = .now
            status.passTime = time
            status.kernelFailure = pass.failure
            status.wantedPeers = pass.wanted
            status.programmedPeers = pass.programmed
            if let unreadable { status.unreadable = unreadable }
            // Without a comparison nothing was judged.
            if pass.failure == nil || !pass.refused.isEmpty { note(refused: pass.refused, &status) }
            agent.metrics.rejectedLeases.set(status.unreadable.count + status.refused.count)
        }
    }

    /// Tells of each lease once that it is left out, and that what was in its way has gone.
    private func note(refused: [RefusedLease], _ status: inout AgentStatus) {
        let (before, now) = (Set(status.refused), Set(refused))
        if before == now { return }
        for lease in refused where !before.contains(lease) {
            agent.logger.warning(
                lease.conflict == nil ? "lease left out" : "lease left out for the host's own network",
                metadata: ["reason": "\(lease)"])
        }
        for lease in status.refused where lease.conflict != nil && !now.contains(lease) {
            agent.logger.notice("lease not left out any more", metadata: ["reason": "\(lease)"])
        }
        status.refused = refused
        agent.metrics.conflicts.show(refused)
    }

    private func noteContact() {
        agent.metrics.lastContact.set(Int(time(nil)))
        agent.board.update { status in
            status.lastContact = .now
            status.storeFailure = nil
        }
    }

    /// Whether the interface to the others is not as it was.
    ///
    /// One that cannot be found, or that cannot be used, may be back in a moment: what there is stays.
    private func isElsewhere() async -> Bool {
        do throws(CNIError) {
            let found = try await agent.underlay(for: node.configuration)
            agent.board.update { $0.underlayFailure = nil }
            if found == node.underlay { return false }
            agent.logger.notice(
                "the interface to other nodes has changed",
                metadata: ["was": "\(node.underlay)", "is": "\(found)"])
            return true
        } catch {
            agent.board.update { $0.underlayFailure = error.message }
            agent.logger.warning("the interface to other nodes cannot be used", metadata: ["reason": "\(error)"])
            return false
        }
    }

    private func retry(after pause: Duration) {
        Task {
            try? await Task.sleep(for: pause)
            work.add { $0.comparesAll = true }
        }
    }

    /// Writes the files for plugins once the node is as it should be, or as near as it gets, and then from time to
    /// time that the store has answered.
    private func writeFiles(_ state: inout State, hasContact: Bool) {
        if let last = state.lastRecord {
            guard hasContact, last.duration(to: .now) > .seconds(30) else { return }
        }
        let record = node.record(lastContact: Int64(time(nil)))
        do throws(CNIError) {
            try NodeFile.record(record).write(to: agent.options.recordFile)
            if state.lastRecord == nil {
                try NodeFile.subnet(record.subnetFile).write(to: agent.options.subnetFile)
            }
            state.lastRecord = .now
        } catch {
            agent.logger.error("cannot write the node files for plugins", metadata: ["reason": "\(error)"])
        }
    }
}
