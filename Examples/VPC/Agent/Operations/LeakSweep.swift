// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import EC2
internal import Logging

/// Deletes ENIs that were made for pods and are attached to nothing: a creation or deletion was interrupted.
struct LeakSweep: Sendable {
    let operations: ENIOperations

    /// An ENI of another node has to be this old: that node may just be about to attach it.
    static let age = Duration.seconds(300)

    /// Looks once.
    ///
    /// - Parameters:
    ///   - isStart: Whether this agent has just started, so that what its node has left over is nobody's.
    ///   - start: When it started, in seconds since 1970: what it has made since is its own.
    /// - Returns: The ENIs that were deleted.
    func run(isStart: Bool, madeBefore start: Int64 = .max) async throws(EC2Error) -> [String] {
        let node = operations.node
        var filters = [
            Filter("status", "available"), Filter("vpc-id", node.vpc), Filter("tag-key", ENITags.instance),
            Filter("description", "aws-K8S-*"),
        ]
        // Another cluster's are another cluster's, and without a name only this node's own are ours.
        let cluster = operations.options.clusterName
        if cluster.isEmpty {
            filters.append(.tag(ENITags.instance, node.instance))
        } else {
            filters.append(.tag(ENITags.cluster, cluster))
        }
        var deleted: [String] = []
        for eni in try await operations.service.describeNetworkInterfaces(.matching(filters))
        where isLeaked(eni, before: isStart ? start : nil) {
            do throws(EC2Error) {
                try await operations.service.deleteNetworkInterface(eni.id)
                deleted.append(eni.id)
                operations.logger.notice("leaked ENI deleted", metadata: ["eni": "\(eni.id)"])
            } catch {
                operations.logger.warning(
                    "cannot delete a leaked ENI", metadata: ["eni": "\(eni.id)", "reason": "\(error)"])
            }
        }
        return deleted
    }

    private func isLeaked(_ eni: NetworkInterface, before start: Int64?) -> Bool {
        guard eni.status == .available, eni.attachment == nil, ENITags.isManaged(eni.tags),
            !ENITags.isUnmanaged(eni.tags)
        else { return false }
        let made = eni.tags[ENITags.createdAt].flatMap { ENITags.seconds($0) }
        if let start, eni.tags[ENITags.instance] == operations.node.instance, made ?? 0 < start {
            return true
        }
        // One whose age is not known is not touched.
        guard let made else { return false }
        return operations.clock() - made >= Self.age.components.seconds
    }
}
