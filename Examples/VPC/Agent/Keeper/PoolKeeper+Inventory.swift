// SPDX-License-Identifier: Apache-2.0

package import AddressPool
internal import Addressing
internal import EC2
internal import Logging
internal import NodeAgentStatus

extension PoolKeeper {
    /// Looks at what EC2 says that this node has.
    ///
    /// - Throws: `EC2Error`; nothing is changed then.
    package func lookAtEC2() async throws {
        let service = operations.service
        let node = operations.node
        let interfaces = try await service.describeNetworkInterfaces(
            .matching("attachment.instance-id", node.instance))
        let unknown = Set(interfaces.map(\.subnetID)).subtracting(subnets.keys)
        if !unknown.isEmpty {
            for subnet in try await service.describeSubnets(
                .matching([Filter("subnet-id", unknown.sorted())]))
            {
                subnets[subnet.id] = SubnetNetworks(v4: subnet.ipv4Network, v6: subnet.ipv6Networks.first)
            }
        }
        let now = clock()
        let seen = interfaces.compactMap {
            SeenENI($0, of: node, operations.options, subnets: subnets, now: now)
        }
        // A node always has its primary ENI: without it the answer is of no use.
        guard seen.contains(where: \.eni.isPrimary) else {
            logger.warning("EC2's answer is left out: the primary ENI is not in it")
            return
        }
        take(seen, now: now)
        await mendOwnENIs(interfaces)
    }

    /// Takes in what the node has.
    package func take(_ seen: [SeenENI], now: Moment) {
        let before = pool.enis.map { "\($0.id) \($0.status) \($0.deviceIndex) \($0.role)" }
        let change = pool.update(seen, now: now)
        for key in pool.assignments.values.filter({ $0.kind == .exclusive }) { pool.reclaim(key) }
        metrics.reconciles.increment()
        for suspect in change.suspects {
            logger.notice(
                "not in EC2's answer; nothing of it is handed out", metadata: ["what": "\(suspect)"])
        }
        for id in change.vanished {
            metrics.forcedENIs.increment()
            logger.warning("ENI is gone", metadata: ["eni": "\(id)"])
        }
        if !change.orphaned.isEmpty {
            metrics.forcedAddresses.increment(by: change.orphaned.count)
            logger.error(
                "attachments have lost their addresses",
                metadata: ["attachments": "\(change.orphaned.map(\.description).joined(separator: ", "))"])
        }
        if awaitsKernel {
            for id in change.appeared where pool[id]?.role == .pool && pool[id]?.isPrimary == false {
                pool.setDefect("its link is not there yet", of: id)
            }
        }
        if before != pool.enis.map({ "\($0.id) \($0.status) \($0.deviceIndex) \($0.role)" }) {
            eniChange.yield()
        }
        record()
        serve()
        signal.yield()
    }

    /// Looks at all namespaces, after which addresses are handed out.
    package func prove() async {
        while !Task.isCancelled {
            do {
                let holders = try await look.holders()
                pool.prove(holders: holders, now: clock())
                logGone(holders.keys.map(\.self))
                serve()
                signal.yield()
                return
            } catch {
                logger.warning("cannot look at the node's namespaces", metadata: ["reason": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func logGone(_ held: [some Hashable]) {
        logger.info(
            "namespaces looked at",
            metadata: ["addresses": "\(held.count)", "assigned": "\(pool.assignments.count)"])
    }

    /// Attachments whose namespace is gone, as far as that can be seen from here.
    ///
    /// From a container without the host's folders and processes no namespace can be seen: then nobody is gone.
    func goneAttachments(_ holders: [IPAddress: String]) -> [Assignment] {
        let shared = pool.assignments.values.filter { $0.kind == .shared }
        let isSeeing = shared.contains { $0.addresses.contains { holders[$0] != nil } }
        return shared.filter { assignment in
            if assignment.addresses.contains(where: { holders[$0] != nil }) { return false }
            if assignment.namespace.isEmpty { return isSeeing }
            return !Folder.exists(assignment.namespace)
                && Folder.exists(Folder.parent(of: assignment.namespace))
        }
    }

    /// Releases what attachments have whose addresses no namespace holds any more, at two looks in a row.
    package func releaseGone() async {
        guard let holders = try? await look.holders() else { return }
        let gone = goneAttachments(holders)
        for released in pool.noteGone(Set(gone.map(\.key)), now: clock()) {
            metrics.deleteRequests["gone"].increment()
            logger.notice(
                "address of a container that is gone is taken back",
                metadata: ["attachment": "\(released.key)", "pod": "\(released.pod)"])
            let record = JournalRecord.released(
                released.key, released.addresses, until: clock() + pool.cooldown)
            try? journal.append(record)
            tellPod(released, isGone: true)
        }
        signal.yield()
    }

    /// Whether EC2's last answer has left out what the node had.
    var hasSuspects: Bool { pool.enis.contains { $0.absences > 0 } }

    /// Takes in what is wrong with ENIs' links and routes: nil for those with which nothing is.
    package func note(defects: [ENIID: String?]) {
        // An interface that has vanished may be an ENI that somebody has detached: EC2 knows.
        let isNew = defects.contains { id, defect in
            defect != nil && pool[id]?.status == .attached && pool[id]?.defect == nil
        }
        for (id, defect) in defects { pool.setDefect(defect, of: id) }
        if isNew { lookRequest.yield() }
        serve()
        signal.yield()
    }

    /// Has ENIs give addresses only when the kernel's side is there.
    package func awaitKernel() { awaitsKernel = true }
}
