// SPDX-License-Identifier: Apache-2.0

internal import CNIRuntime
internal import Topology

/// Has the plugins of many attachments CHECK them, a few at a time.
struct AttachmentChecks: Sendable {
    let runtime: Runtime
    /// The configured networks, for attachments that do not say what they were made with.
    let networks: [NetworkConfigurationList]

    /// How many at a time.
    private static let width = 8
    /// How long all may take together.
    private static let limit = Duration.seconds(60)

    /// What is wrong with attachments whose namespaces are at their paths, or why that could not be found out.
    func faults(of attachments: [StoredAttachment]) async -> [Attachment: CNIError] {
        let entries = attachments.filter { $0.namespace == .exists }.map(\.entry)
        let end = ContinuousClock.now + Self.limit
        return await withTaskGroup(of: (Attachment, CNIError?).self) { group in
            var faults: [Attachment: CNIError] = [:]
            for (number, entry) in entries.enumerated() {
                if number >= Self.width, let (attachment, fault) = await group.next() {
                    faults[attachment] = fault
                }
                group.addTask { (entry.attachment, await fault(of: entry, by: end)) }
            }
            for await (attachment, fault) in group { faults[attachment] = fault }
            return faults
        }
    }

    private func fault(of entry: CacheEntry, by end: ContinuousClock.Instant) async -> CNIError? {
        guard let network = entry.list ?? networks.first(where: { $0.name == entry.network }) else {
            return nil
        }
        let check = Task { () -> RuntimeError? in
            do throws(RuntimeError) {
                try await runtime.check(network, entry.request)
                return nil
            } catch {
                return error
            }
        }
        // Not only plugins take time: so does the lock of a container at which somebody works.
        let alarm = Task {
            try await Task.sleep(until: end)
            check.cancel()
        }
        defer { alarm.cancel() }
        return await withTaskCancellationHandler {
            await check.value?.fault
        } onCancel: {
            check.cancel()
        }
    }
}

extension RuntimeError {
    /// What it says of an attachment that was checked; nil if nothing.
    fileprivate var fault: CNIError? {
        switch reason {
        case .refused: error
        // A version without CHECK, or an attachment that was removed meanwhile.
        case .invalid, .wrongState: nil
        default: CNIError(.tryAgainLater, cniError.message, details: cniError.details)
        }
    }
}
