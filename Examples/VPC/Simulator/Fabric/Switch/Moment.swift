// SPDX-License-Identifier: Apache-2.0

/// A moment, in milliseconds since 1970 (UTC).
public struct Moment: Hashable, Comparable, Sendable {
    /// Milliseconds since the Unix epoch.
    public var milliseconds: Int64

    /// Creates a moment.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Whole seconds since the Unix epoch, as flow logs show.
    public var seconds: Int64 { milliseconds / 1000 }

    /// The earlier first.
    public static func < (left: Moment, right: Moment) -> Bool { left.milliseconds < right.milliseconds }

    /// The moment some seconds later.
    public func adding(seconds: Int) -> Moment { Moment(milliseconds: milliseconds + Int64(seconds) * 1000) }
}
