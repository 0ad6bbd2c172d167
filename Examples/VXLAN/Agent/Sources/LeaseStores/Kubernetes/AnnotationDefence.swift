// SPDX-License-Identifier: Apache-2.0

/// When our annotations are written again that somebody else overwrites: at once, and then less and less often, since
/// two agents with one node's name would otherwise write against each other for ever.
struct AnnotationDefence {
    /// How often in a row somebody has to overwrite them until that is a problem and no accident.
    static let tolerated = 3
    /// After how long without anything to write again the next time is the first one.
    static let memory = Duration.seconds(300)

    private var last: ContinuousClock.Instant?
    private var count = 0

    /// Whether somebody overwrites the annotations again and again.
    var isContested: Bool { count >= Self.tolerated }

    /// How long the next write has to wait; zero if it need not.
    func pause(now: ContinuousClock.Instant = .now) -> Duration {
        guard let last, count > 0 else { return .zero }
        let least = Duration.seconds(min(1 << min(count - 1, 6), 60))
        return max(.zero, least - last.duration(to: now))
    }

    /// Notes that they have been written again.
    mutating func wrote(at now: ContinuousClock.Instant = .now) {
        last = now
        count += 1
    }

    /// Forgets what was, if it is long ago; returns whether somebody was overwriting them then.
    mutating func calmed(now: ContinuousClock.Instant = .now) -> Bool {
        guard let last, last.duration(to: now) > Self.memory else { return false }
        defer {
            self.last = nil
            count = 0
        }
        return isContested
    }
}
