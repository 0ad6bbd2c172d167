// SPDX-License-Identifier: Apache-2.0

/// A moment in milliseconds since 1970-01-01T00:00:00Z.
///
/// The model has no clock: the caller gives the time, so that tests choose it.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since the beginning of 1970, UTC.
    public var milliseconds: Int64

    /// A moment from its milliseconds since 1970.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The moment `milliseconds` later, or earlier where they are negative.
    public func adding(milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: self.milliseconds &+ milliseconds)
    }

    /// Whether the left moment is before the right one.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Timestamp: CustomStringConvertible {
    /// `2026-01-01T00:00:00.000Z`, as EC2 writes times.
    public var description: String {
        let (days, ofDay) = Self.divide(milliseconds, by: 86_400_000)
        // Days from the civil calendar: era of 400 years, which begins on the first of March.
        let (era, ofEra) = Self.divide(days + 719_468, by: 146_097)
        let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let march = (5 * ofYear + 2) / 153
        let (day, month) = (ofYear - (153 * march + 2) / 5 + 1, march < 10 ? march + 3 : march - 9)
        let date = [
            Self.padded(year + era * 400 + (month <= 2 ? 1 : 0), to: 4), Self.padded(month, to: 2),
            Self.padded(day, to: 2),
        ]
        let time = [ofDay / 3_600_000, ofDay / 60_000 % 60, ofDay / 1000 % 60].map { Self.padded($0, to: 2) }
        return
            "\(date.joined(separator: "-"))T\(time.joined(separator: ":")).\(Self.padded(ofDay % 1000, to: 3))Z"
    }

    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = (value % divisor + divisor) % divisor
        return ((value - remainder) / divisor, remainder)
    }

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
