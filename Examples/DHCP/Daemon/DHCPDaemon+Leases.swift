// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import DHCPClient
internal import LinuxCore

extension DHCPDaemon {
    /// Goes on with the leases on disk, and forgets those of containers that are gone.
    func resume(at now: Int64) throws(SystemError) {
        let (records, faults) = try folder.records()
        for fault in faults { Self.log("left alone: \(fault)") }
        for record in records {
            if record.boot != boot || record.lease.start > now || record.interface.isGone {
                Self.log("\(record.attachment.key): the container is gone, and so is its lease")
                try folder.remove(record.attachment, record.client.family)
            } else {
                holders.append(LeaseHolder(record, options: options, now: now))
            }
        }
    }

    /// Those of an attachment: one for each family.
    func holders(of attachment: Attachment) -> [LeaseHolder] {
        holders.filter { $0.attachment == attachment }
    }

    /// What leases of one attachment give together.
    func result(of holders: [LeaseHolder]) -> CNIResult {
        var whole = CNIResult(ips: [], routes: [], dns: DNS())
        for holder in holders {
            guard let lease = holder.machine.lease else { continue }
            let result = holder.result(of: lease)
            whole.ips += result.ips
            whole.routes += result.routes
            whole.dns.nameservers += result.dns.nameservers
            whole.dns.domain = whole.dns.domain ?? result.dns.domain
            whole.dns.search += result.dns.search.filter { !whole.dns.search.contains($0) }
        }
        return whole
    }

    /// Does what follows from what has happened to a lease: it is written, the one who waits is answered, or it is forgotten.
    func settle(_ holder: LeaseHolder, at now: Int64) {
        guard holders.contains(where: { $0 === holder }) else { return }
        for text in holder.takeNews() { Self.log("\(holder.attachment.key): \(text)") }
        if let end = holder.end {
            Self.log("\(holder.attachment.key): \(end)")
            holder.waiting?.connection.answer(
                .failure(CNIError(.invalidNetworkNamespace, "no lease for \(holder.attachment.key): \(end)")))
            forget(holder)
            return
        }
        if holder.needsSave, let record = holder.record(boot: boot) {
            do throws(SystemError) {
                try folder.save(record)
                holder.needsSave = false
            } catch {
                Self.log("\(holder.attachment.key): \(error)")
                // The next renewal tries again; a lease that nobody has yet is not given out.
                if holder.waiting != nil {
                    let details = error.description
                    refuse(
                        holder.attachment, CNIError(.ioFailure, "cannot keep the lease", details: details),
                        at: now)
                }
                return
            }
        }
        guard let waiting = holder.waiting else { return }
        let together = holders(of: holder.attachment)
        let missing = together.filter { $0.machine.lease == nil }
        if missing.isEmpty {
            for holder in together { holder.waiting = nil }
            let isTaken = waiting.connection.answer(.lease(result(of: together)))
            if !isTaken { for holder in together { discard(holder, at: now) } }
        } else if waiting.until <= now {
            let problems = missing.map(\.problem).joined(separator: "; ")
            let server = missing.contains { $0.client.family == .v4 } ? "DHCP server" : "DHCPv6 server"
            refuse(
                holder.attachment,
                CNIError(
                    .tryAgainLater, "no \(server) has given a lease in \(options.resendTimeout) ms",
                    details: "\(holder.attachment.key): \(problems)"), at: now)
        }
    }

    /// Gives an attachment's leases back, and then tells the one who waits for them why: with the answer the interface goes,
    /// and with that the way to the server.
    func refuse(_ attachment: Attachment, _ error: CNIError, at now: Int64) {
        let held = holders(of: attachment)
        for holder in held { discard(holder, at: now) }
        for holder in held { holder.waiting?.connection.answer(.failure(error)) }
    }

    /// Ends the searches that nobody waits for any more.
    func cancelAbandoned(at now: Int64) {
        for holder in holders {
            guard let waiting = holder.waiting, waiting.connection.isOver else { continue }
            Self.log("\(holder.attachment.key): nobody waits for a lease any more")
            discard(holder, at: now)
        }
    }

    /// Gives a lease back, and forgets it.
    func discard(_ holder: LeaseHolder, at now: Int64) {
        if let lease = holder.machine.granted {
            holder.release(at: now)
            let how = holder.end.map { "is not given back: \($0)" } ?? "is given back"
            Self.log("\(holder.attachment.key): \(lease.address) \(how)")
        }
        forget(holder)
    }

    /// Forgets a lease.
    func forget(_ holder: LeaseHolder) {
        holders.removeAll { $0 === holder }
        do throws(SystemError) {
            try folder.remove(holder.attachment, holder.client.family)
        } catch {
            Self.log("\(error)")
        }
    }
}
