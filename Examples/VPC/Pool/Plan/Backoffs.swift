// SPDX-License-Identifier: Apache-2.0

/// What EC2 has refused, in the words in which a plan can do without it.
package enum Refusal: Hashable, Sendable {
    /// The subnet has no /28 left in one piece, though it may have addresses.
    case fragmented(SubnetID)
    /// The subnet has no address left.
    case exhausted(SubnetID)
    /// The ENI has no slot left: what is known of it is out of date.
    case eniFull(ENIID)
    /// The instance takes no further ENI.
    case instanceFull
    /// RequestLimitExceeded.
    case throttled
    /// Something else, a missing permission for example: the same call is not repeated at once.
    case failed(call: String)
}

/// What is not tried for now, each for itself and for longer the more often it fails.
package struct Backoffs: Sendable {
    private struct Entry: Sendable {
        var until: Moment
        var failures: Int
    }

    private enum Subject: Hashable, Sendable {
        case prefixes(SubnetID)
        case addresses(SubnetID)
        case eni(ENIID)
        case instance
        case everything
        case call(String)
    }

    private var entries: [Subject: Entry] = [:]

    package init() {}

    /// Notes a refusal.
    ///
    /// - Parameter jitter: Between 0 and 1: up to a quarter of the pause is added, so that a thousand nodes do not come again
    ///   at the same moment.
    package mutating func note(_ refusal: Refusal, now: Moment, jitter: Double = 0) {
        switch refusal {
        case .fragmented(let subnet): extend(.prefixes(subnet), .seconds(15), .seconds(120), now, jitter)
        case .exhausted(let subnet):
            extend(.prefixes(subnet), .seconds(5), .seconds(120), now, jitter)
            extend(.addresses(subnet), .seconds(5), .seconds(120), now, jitter)
        case .eniFull(let eni): extend(.eni(eni), .seconds(10), .seconds(120), now, jitter)
        case .instanceFull: extend(.instance, .seconds(10), .seconds(120), now, jitter)
        case .throttled: extend(.everything, .seconds(1), .seconds(60), now, jitter)
        case .failed(let call): extend(.call(call), .seconds(2), .seconds(120), now, jitter)
        }
    }

    /// Notes that an action was done: what it needed is there again.
    package mutating func succeeded(_ action: Action, in subnet: SubnetID?, call: String) {
        entries[.everything] = nil
        entries[.call(call)] = nil
        if let eni = action.eni { entries[.eni(eni)] = nil }
        switch action {
        case .create(let creation):
            entries[.instance] = nil
            if creation.prefixes > 0 { entries[.prefixes(creation.subnet)] = nil }
            entries[.addresses(creation.subnet)] = nil
        case .assignAddresses: if let subnet { entries[.addresses(subnet)] = nil }
        case .assignPrefixes:
            if let subnet {
                entries[.addresses(subnet)] = nil
                entries[.prefixes(subnet)] = nil
            }
        case .assignIPv6Prefix, .unassign, .remove: break
        }
    }

    /// Forgets what was refused in a subnet that has been seen to have space again.
    package mutating func spaceReturned(to subnet: SubnetID) {
        entries[.addresses(subnet)] = nil
        entries[.prefixes(subnet)] = nil
    }

    private mutating func extend(
        _ subject: Subject, _ first: Duration, _ longest: Duration, _ now: Moment, _ jitter: Double
    ) {
        let failures = (entries[subject]?.failures ?? 0) + 1
        // Several calls at once that fail for one reason count as one.
        if let entry = entries[subject], entry.until > now { return }
        let pause = min(first * (1 << min(failures - 1, 10)), longest)
        let added = Duration.milliseconds(
            Int64(Double(pause.wholeMilliseconds) * 0.25 * min(max(jitter, 0), 1)))
        entries[subject] = Entry(until: now + pause + added, failures: failures)
    }

    private func blocks(_ subject: Subject, _ now: Moment) -> Bool {
        entries[subject].map { $0.until > now } ?? false
    }

    package func allowsPrefixes(in subnet: SubnetID, now: Moment) -> Bool { !blocks(.prefixes(subnet), now) }
    package func allowsAddresses(in subnet: SubnetID, now: Moment) -> Bool {
        !blocks(.addresses(subnet), now)
    }
    package func allows(_ eni: ENIID, now: Moment) -> Bool { !blocks(.eni(eni), now) }
    package func allowsCreation(now: Moment) -> Bool {
        !blocks(.instance, now) && !blocks(.call("CreateNetworkInterface"), now)
            && !blocks(.call("AttachNetworkInterface"), now)
    }
    package func allows(call: String, now: Moment) -> Bool { !blocks(.call(call), now) }
    /// Whether anything may be tried now.
    package func allowsAnything(now: Moment) -> Bool { !blocks(.everything, now) }

    /// When the next of them is over; nil if there are none.
    package func next(after now: Moment) -> Moment? { entries.values.map(\.until).filter { $0 > now }.min() }

    /// For people: what is waited for, and until when.
    package func descriptions(now: Moment) -> [String] {
        entries.filter { $0.value.until > now }.map { subject, entry in
            let seconds = (entry.until - now).components.seconds
            return switch subject {
            case .prefixes(let subnet): "no prefixes from \(subnet) for \(seconds) s"
            case .addresses(let subnet): "no addresses from \(subnet) for \(seconds) s"
            case .eni(let eni): "nothing assigned to \(eni) for \(seconds) s"
            case .instance: "no further ENI for \(seconds) s"
            case .everything: "throttled for \(seconds) s"
            case .call(let call): "no \(call) for \(seconds) s"
            }
        }.sorted()
    }
}
