// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes
internal import DHCPClient
internal import LinuxCore

extension CNIError.Code {
    /// 112, host-local's: the attachment has a lease already.
    fileprivate static let duplicateLease = CNIError.Code(rawValue: 112)
    /// 113, host-local's: the attachment does not have the lease that CHECK expects.
    fileprivate static let leaseMissing = CNIError.Code(rawValue: 113)
}

extension DHCPDaemon {
    /// Does what a plugin asks for; only a lease takes time.
    func serve(_ line: [UInt8], _ connection: ClientConnection, at now: Int64) {
        // One that asks again for whom it was killed finds nothing of that in its way.
        cancelAbandoned(at: now)
        do throws(CNIError) {
            switch try DaemonRequest(parsing: line) {
            case .add(let addition): try add(addition, connection, at: now)
            case .check(let attachment): connection.answer(.lease(try lease(of: attachment, at: now)))
            case .delete(let attachment):
                try delete(attachment, at: now)
                connection.answer(.done)
            case .collect(let network, let valid):
                try collect(network, valid, at: now)
                connection.answer(.done)
            case .status:
                try inputOutput { () throws(SystemError) in try folder.requireRoom() }
                connection.answer(.done)
            }
        } catch {
            connection.answer(.failure(error))
        }
    }

    private func add(
        _ addition: DaemonRequest.Addition, _ connection: ClientConnection, at now: Int64
    ) throws(CNIError) {
        let attachment = addition.attachment
        let (place, mac) = try LeaseRecord.Place.find(
            attachment.interface, at: options.hostPrefix + addition.namespacePath,
            needsIPv6: addition.families.contains(.v6))
        let before = holders(of: attachment)
        for holder in before
        where holder.waiting != nil || (holder.place.inode == place.inode && holder.place.link == place.link)
        {
            throw CNIError(
                .duplicateLease, "\(attachment.key) has a lease, or waits for one",
                details: holder.machine.lease.map { "\($0.address) from \($0.server)" })
        }
        // Of a container that is gone, or an interface that was made anew: its addresses are asked for again.
        let wanted = before.compactMap { ($0.machine.lease ?? $0.lost)?.address.address }
        for holder in before { forget(holder) }
        let waiting = LeaseHolder.Waiting(connection: connection, until: now + options.resendTimeout)
        let added = addition.families.map { family in
            LeaseHolder(
                addition, family, at: place, mac: mac, wanted: wanted.first { $0.family == family },
                options: options, now: now)
        }
        for holder in added { holder.waiting = waiting }
        holders += added
        for holder in added {
            holder.advance(to: now)
            settle(holder, at: now)
        }
    }

    private func lease(of attachment: Attachment, at now: Int64) throws(CNIError) -> CNIResult {
        let held = holders(of: attachment)
        if held.isEmpty { throw CNIError(.leaseMissing, "\(attachment.key) has no lease") }
        for holder in held {
            holder.look()
            settle(holder, at: now)
            if let end = holder.end {
                throw CNIError(.leaseMissing, "\(attachment.key) has no lease: \(end)")
            }
        }
        for holder in held where holder.machine.lease == nil {
            let lost = holder.lost.map { " of \($0.address.address)" } ?? ""
            throw CNIError(
                .leaseMissing, "the lease\(lost) of \(attachment.key) is over", details: holder.problem)
        }
        return result(of: held)
    }

    private func delete(_ attachment: Attachment, at now: Int64) throws(CNIError) {
        refuse(attachment, CNIError(.tryAgainLater, "\(attachment.key) was deleted meanwhile"), at: now)
        // Also what could not be read.
        _ = try inputOutput { () throws(SystemError) in try folder.remove(attachment) }
    }

    private func collect(
        _ network: NetworkName, _ valid: [AttachmentReference], at now: Int64
    ) throws(CNIError) {
        let kept = Set(valid.map { $0.key(in: network) })
        for holder in holders
        where holder.attachment.network == network && !kept.contains(holder.attachment.key)
            && holder.waiting == nil
        {
            discard(holder, at: now)
        }
        try inputOutput { () throws(SystemError) in try folder.removeAll(of: network, but: valid) }
    }

    private func inputOutput<Value>(_ body: () throws(SystemError) -> Value) throws(CNIError) -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            throw CNIError(.ioFailure, error.description)
        }
    }
}
