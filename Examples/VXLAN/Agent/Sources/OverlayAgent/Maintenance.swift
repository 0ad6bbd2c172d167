// SPDX-License-Identifier: Apache-2.0

internal import LeaseStores
internal import Logging
internal import NodeAgentCore
internal import NodeAgentStatus
internal import VXLANOverlay

/// Keeps a node that has a lease as it should be, until the lease is lost, the interface to the others becomes another
/// one, or the task is cancelled.
struct Maintenance {
    let agent: Agent
    let node: OverlayNode
    /// By what the interface to the others was chosen.
    let choice: InterfaceChoice
    let requests = ReconcileRequests()
    /// Ends when the kernel has been compared for the first time.
    let firstComparison = AsyncStream<Never>.makeStream()

    func run() async {
        await withTaskGroup { group in
            group.addTask { await watchStore() }
            group.addTask { await watchKernel() }
            group.addTask { await resync() }
            group.addTask { await reconcile() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Follows the store until the lease is lost.
    private func watchStore() async {
        do throws(AgentError) {
            try await agent.store.follow(node.lease) { event in note(event) }
        } catch  where error.code != .cancelled {
            agent.logger.warning(
                "lease lost, requesting another one", metadata: ["reason": "\(error)"])
        } catch {}
    }

    private func note(_ event: LeaseEvent) {
        switch event {
        case .leases(let leases):
            requests.add { items in
                items.leases = leases
                items.hasContact = true
            }
        case .contact: requests.add { $0.hasContact = true }
        case .failure(let error):
            agent.metrics.storeFailures.increment()
            agent.board.update { $0.store.failed(error.message) }
            agent.logger.warning("store request failed", metadata: ["reason": "\(error)"])
        case .contested(let reason):
            agent.board.update { $0.contest = reason }
            if let reason {
                agent.logger.error("this node's lease is contested", metadata: ["reason": "\(reason)"])
            } else {
                agent.logger.notice("this node's lease is not contested any more")
            }
        }
    }

    /// Has everything compared when somebody else has changed what is ours.
    ///
    /// Starts after the first comparison: reading the reports of thousands of our own changes would take as long as making
    /// them.
    private func watchKernel() async {
        for await _ in firstComparison.stream {}
        while !Task.isCancelled {
            do {
                for try await changes in KernelChanges.stream(
                    about: node, expecting: agent.kernel.expectation)
                {
                    requests.add { items in
                        items.comparesAll = true
                        if changes.contains(.underlay) { items.looksAtUnderlay = true }
                    }
                    // Somebody who changes it again and again shall not keep us from everything else.
                    try await Task.sleep(for: max(.milliseconds(50), agent.board.now.reconcileTime * 5))
                }
            } catch {
                // The lease or the interface is another one by now: nothing has failed.
                if Task.isCancelled { return }
                agent.logger.error(
                    "cannot watch kernel changes", metadata: ["reason": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(5))
        }
    }

    /// Has everything compared from time to time, whatever happens.
    private func resync() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: agent.options.resync)
            requests.add { items in
                items.comparesAll = true
                items.looksAtUnderlay = true
            }
        }
    }
}
