// SPDX-License-Identifier: Apache-2.0

/// When a server that an agent depends on answered last.
public struct Contact: Hashable, Sendable {
    /// When it answered last; nil if it has not yet.
    public private(set) var last: ContinuousClock.Instant?
    /// What has failed since then.
    public private(set) var failure: String?

    /// Creates the contact with a server that has not been asked yet.
    public init() {}

    /// Notes an answer.
    public mutating func answered(at time: ContinuousClock.Instant = .now) {
        last = time
        failure = nil
    }

    /// Notes a failure.
    public mutating func failed(_ reason: String) { failure = reason }

    /// The age of the last answer, as a note; as a problem past a limit.
    ///
    /// A server that does not answer for a moment is no problem: what an agent has made does not need it.
    ///
    /// - Parameter name: What the server is to the agent: `store`.
    public func report(
        of name: String, limit: Duration, now: ContinuousClock.Instant = .now
    ) -> StatusPages.Report {
        guard let last else {
            return StatusPages.Report(notes: failure.map { ["\(name): no answer yet: \($0)"] } ?? [])
        }
        let age = last.duration(to: now)
        let seconds = age.components.seconds
        if age > limit {
            let reason = failure.map { ": \($0)" } ?? ""
            return StatusPages.Report(problems: ["\(name): no answer for \(seconds) s\(reason)"])
        }
        let reason = failure.map { "; since then: \($0)" } ?? ""
        return StatusPages.Report(notes: ["\(name): answered \(seconds) s ago\(reason)"])
    }
}
