// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import EC2
internal import Logging
internal import NodeAgentCore

/// Which node this is, and what it had before if EC2 does not say what it has.
struct FoundNode: Sendable {
    var identity: NodeIdentity
    /// Of the record; nil if EC2 or the metadata service has answered.
    var enis: [SeenENI]?
}

extension VPCAgent {
    /// Finds out what the node is; nil if the task is cancelled.
    ///
    /// EC2 may be out of reach for long, behind an endpoint of the VPC that swallows packets for example. With a record of
    /// what the node had, pods need not wait for it.
    func discover(or record: NodeRecord?) async -> FoundNode? {
        guard let record else { return await discover().map { FoundNode(identity: $0) } }
        let patience = recordPatience
        return await withTaskGroup(of: FoundNode?.self) { group in
            group.addTask { await discover().map { FoundNode(identity: $0) } }
            group.addTask {
                do { try await Task.sleep(for: patience) } catch { return nil }
                return FoundNode(identity: record.node, enis: record.enis)
            }
            let found = await group.next() ?? nil
            group.cancelAll()
            if Task.isCancelled { return nil }
            if found?.enis != nil {
                logger.warning(
                    "EC2 or the metadata service does not answer; starting with what the node had before",
                    metadata: ["enis": "\(record.enis.count)", "path": "\(paths.record)"])
            }
            return found
        }
    }

    /// Finds out what the node is, however long it takes; nil if the task is cancelled.
    func discover() async -> NodeIdentity? {
        var backoff = Backoff(from: .milliseconds(500), to: .seconds(15))
        while !Task.isCancelled {
            do {
                let node =
                    options.isIMDSOnly
                    ? try await NodeIdentity.discover(metadata)
                    : try await NodeIdentity.discover(metadata, service)
                logger.info(
                    "node found",
                    metadata: [
                        "instance": "\(node.instance)", "type": "\(node.type)", "subnet": "\(node.subnet)",
                        "enis": "\(node.limits.enis)", "addresses-per-eni": "\(node.limits.addressesPerENI)",
                    ])
                return node
            } catch {
                if Task.isCancelled { return nil }
                board.set(waitingFor: "the metadata service and EC2: \(error)")
                logger.warning("waiting for the metadata service and EC2", metadata: ["reason": "\(error)"])
                // An API server that does not answer either holds nothing up.
                if let error = error as? EC2Error, let cluster { Task { await cluster.tell(error) } }
            }
            do { try await backoff.pause() } catch { return nil }
        }
        return nil
    }
}
