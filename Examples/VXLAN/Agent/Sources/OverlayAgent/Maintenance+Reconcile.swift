// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Glibc
internal import LeaseStores
internal import Logging
internal import NodeAgentCore
internal import NodeAgentStatus
internal import VXLANOverlay

extension Maintenance {
    /// What one reconciliation hands on to the next.
    private struct State {
        /// The leases as the store reported them last; nil until it has.
        var peers: KnownLeases?
        /// When the file for the plugin was written last.
        var lastRecord: ContinuousClock.Instant?
        var retryPause = Duration.seconds(1)
        /// Whether it was reported to the store that the node is ready.
        var isReadyReported = false
        /// Whether the kernel has been as it should be.
        var wasInPlace = false
    }

    /// Reconciles the kernel whenever it is requested, until the underlay interface is another one.
    func reconcile() async {
        var state = State()
        for await _ in requests.signals {
            let items = requests.take()
            agent.board.update { $0.lastReconcile = .now }
            if items.looksAtUnderlay, await isElsewhere() { return }
            if items.hasContact { noteContact() }
            if let leases = items.leases {
                state.peers = leases
                await converge(to: leases, isRepair: false, &state)
            } else if items.comparesAll, let peers = state.peers {
                await converge(to: peers, isRepair: true, &state)
            }
            // Without the leases there is nothing to converge to, and what there is stays.
            if state.peers != nil { writeFiles(&state, hasContact: items.hasContact) }
            if state.wasInPlace, state.lastRecord != nil {
                agent.board.update { $0.isAttachable = true }
            }
        }
    }

    private func converge(
        to peers: KnownLeases, isRepair: Bool, _ state: inout State
    ) async {
        let start = ContinuousClock.now
        let result =
            isRepair
            ? await agent.kernel.converge(node, to: peers.leases)
            : await agent.kernel.follow(node, to: peers.leases)
        let time = start.duration(to: .now)
        let metrics = agent.metrics
        metrics.reconciliations.increment()
        (isRepair ? metrics.reconcileTime : metrics.leaseTime).observe(time)
        (isRepair ? metrics.repairSteps : metrics.leaseSteps).increment(by: result.stepCount)
        note(result, peers, time)
        firstComparison.continuation.finish()
        if result.stepCount > 0 {
            let shown = result.firstSteps.joined(separator: "; ")
            agent.logger.log(
                level: isRepair ? .notice : .info,
                isRepair ? "kernel repaired" : "kernel updated for changed leases",
                metadata: ["steps": "\(result.stepCount)", "first": "\(shown)"])
        }
        guard let failure = result.failure else {
            state.retryPause = .seconds(1)
            state.wasInPlace = true
            return await reportReady(&state)
        }
        metrics.kernelFailures.increment()
        agent.logger.error("cannot update the kernel", metadata: ["reason": "\(failure)"])
        retry(after: state.retryPause)
        state.retryPause = min(state.retryPause * 2, .seconds(30))
    }

    private func reportReady(_ state: inout State) async {
        if state.isReadyReported { return }
        do throws(AgentError) {
            try await agent.store.ready(node.lease)
            state.isReadyReported = true
        } catch {
            agent.logger.warning(
                "cannot report to the store that the node is ready", metadata: ["reason": "\(error)"])
        }
    }

    private func note(_ result: Reconciliation, _ peers: KnownLeases, _ time: Duration) {
        agent.metrics.wantedPeers.set(result.wanted)
        agent.metrics.programmedPeers.set(result.programmed)
        agent.board.update { status in
            status.lastComparison = .now
            status.reconcileTime = time
            status.kernelFailure = result.failure
            status.wantedPeers = result.wanted
            status.programmedPeers = result.programmed
            note(leftOut: leftOut(result, peers, before: status.leftOut), &status)
        }
    }

    private func leftOut(_ result: Reconciliation, _ peers: KnownLeases, before: [LeftOut]) -> [LeftOut] {
        let unreadable = peers.unreadable.map { LeftOut($0) }
        // Without a comparison nothing was judged.
        guard let refused = result.refused else {
            return before.filter { $0.cause != .unreadable } + unreadable
        }
        let nodes = refused.isEmpty ? [:] : peers.nodesByLease
        return refused.map { LeftOut($0, nodes) } + unreadable
    }

    /// Logs each node once that is left out, and once that it is not any more.
    private func note(leftOut: [LeftOut], _ status: inout AgentStatus) {
        let (before, now) = (Set(status.leftOut), Set(leftOut))
        if before == now { return }
        for peer in leftOut where !before.contains(peer) {
            agent.logger.warning(
                peer.cause == .host ? "peer left out for the host's own network" : "peer left out",
                metadata: ["node": "\(peer.node)", "reason": "\(peer.reason)"])
        }
        for peer in status.leftOut where !now.contains(peer) {
            agent.logger.notice(
                "peer not left out any more",
                metadata: ["node": "\(peer.node)", "reason": "\(peer.reason)"])
        }
        status.leftOut = leftOut
        agent.metrics.rejectedLeases.set(leftOut.count)
        agent.metrics.leftOut.show(leftOut)
    }

    private func noteContact() {
        agent.metrics.lastContact.set(Int(time(nil)))
        agent.board.update { status in
            status.store.answered()
        }
    }

    /// Whether the interface to the others is not as it was.
    ///
    /// One that cannot be found, or that cannot be used, may be back in a moment: what there is stays.
    private func isElsewhere() async -> Bool {
        do throws(CNIError) {
            let found = try await agent.underlay(choice, for: node.configuration)
            agent.board.update { $0.underlayFailure = nil }
            if found == node.underlay { return false }
            agent.logger.notice(
                "underlay interface changed",
                metadata: ["was": "\(node.underlay)", "is": "\(found)"])
            return true
        } catch {
            agent.board.update { $0.underlayFailure = error.message }
            agent.logger.warning(
                "cannot use the underlay interface", metadata: ["reason": "\(error)"])
            return false
        }
    }

    private func retry(after pause: Duration) {
        Task {
            try? await Task.sleep(for: pause)
            requests.add { $0.comparesAll = true }
        }
    }

    /// Writes the files for plugins once the node is as it should be, or as far as possible, and then from time to
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
            agent.logger.error("cannot write the node file", metadata: ["reason": "\(error)"])
        }
    }
}
