// SPDX-License-Identifier: Apache-2.0

/// A point in time: milliseconds since the machine started, CLOCK_BOOTTIME of clock_gettime(2).
///
/// Setting the wall clock does not move it, and it goes on over a restart of the agent, so a cool-down in the journal
/// stays what it was. Of another boot it means nothing; the journal says of which it is.
package struct Moment: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static let zero = Moment(milliseconds: 0)

    package static func < (left: Moment, right: Moment) -> Bool { left.milliseconds < right.milliseconds }

    package static func + (moment: Moment, span: Duration) -> Moment {
        Moment(milliseconds: moment.milliseconds + span.wholeMilliseconds)
    }

    package static func - (left: Moment, right: Moment) -> Duration {
        .milliseconds(left.milliseconds - right.milliseconds)
    }

    /// `12.345s`.
    package var description: String { "\(milliseconds / 1000).\(milliseconds % 1000)s" }
}

extension Duration {
    /// The whole milliseconds of a span; attoseconds are of no use to a pool.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
