// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Logging
internal import NodeAgentCore
internal import NodeAgentKubernetes

/// Writes pods' addresses into their annotation, for readers of flow logs (ANNOTATE_POD_IP).
struct PodAnnotations: Sendable {
    let client: KubernetesClient
    let logger: Logger

    static let annotation = "vpc.amazonaws.com/pod-ips"
    /// How often one is tried; no pod waits for it.
    private static let attempts = 3

    /// Writes what is reported, one after the other, until the task is cancelled.
    func run(_ changes: AsyncStream<PodAddresses>) async {
        for await change in changes {
            if Task.isCancelled { return }
            var backoff = Backoff(from: .milliseconds(500), to: .seconds(2))
            for attempt in 1...Self.attempts {
                do throws(AgentError) {
                    try await write(change)
                    break
                } catch {
                    if error.code == .cancelled { return }
                    // A pod that is gone by now needs none, and one that may not be changed stays so.
                    if error.code == .refused || attempt == Self.attempts {
                        logger.warning(
                            "cannot annotate a pod with its addresses",
                            metadata: ["pod": "\(change.namespace)/\(change.name)", "reason": "\(error)"])
                        break
                    }
                    do throws(AgentError) { try await backoff.pause() } catch { return }
                }
            }
        }
    }

    private func write(_ change: PodAddresses) async throws(AgentError) {
        guard let pod = try await client.get(.pods, change.name, namespace: change.namespace) else { return }
        let present = pod["metadata"]?["annotations"]?.object?[Self.annotation]?.string
        // The next sandbox of a pod of this name may have others by now.
        if change.isGone, present != change.addresses { return }
        if !change.isGone, present == change.addresses { return }
        let value: JSON = change.isGone ? .null : .string(change.addresses)
        try await client.patch(
            .pods, change.name, namespace: change.namespace,
            patch: ["metadata": ["annotations": .object([Self.annotation: value])]])
    }
}
