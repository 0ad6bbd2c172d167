// SPDX-License-Identifier: Apache-2.0

/// A moment in whole seconds since 1970 in UTC, as AWS writes them.
public struct Timestamp: Hashable, Sendable, Comparable {
    /// The seconds since 1970-01-01T00:00:00Z; leap seconds do not count.
    public let seconds: Int64

    /// Creates a moment from the seconds since 1970.
    public init(seconds: Int64) { self.seconds = seconds }

    /// The moment after some time, in whole seconds.
    public static func + (moment: Timestamp, time: Duration) -> Timestamp {
        Timestamp(seconds: moment.seconds &+ time.components.seconds)
    }

    /// The time from one moment to another.
    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .seconds(later.seconds &- earlier.seconds)
    }

    /// The order in time.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }
}

extension Timestamp {
    /// The digits of a moment: year, month, day, hour, minute, second.
    private var fields: (Int64, Int64, Int64, Int64, Int64, Int64) {
        let days = seconds.flooredQuotient(by: 86_400)
        let rest = seconds - days * 86_400
        // The days since 0000-03-01: with February last, a month's days follow one formula.
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let day = shifted - era * 146_097
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        return (
            year + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9,
            dayOfYear - (153 * month + 2) / 5 + 1, rest / 3600, rest % 3600 / 60, rest % 60
        )
    }

    /// Creates a moment from its digits; nil for a date that there is not.
    private init?(
        _ year: Int64, _ month: Int64, _ day: Int64, _ hour: Int64, _ minute: Int64, _ second: Int64
    ) {
        guard 1...9999 ~= year, 1...12 ~= month, 1...31 ~= day, 0...23 ~= hour, 0...59 ~= minute,
            0...60 ~= second
        else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredQuotient(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let yearOfEra = shifted - era * 400
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        seconds = days * 86_400 + hour * 3600 + minute * 60 + second
        guard fields.1 == month || second == 60 else { return nil }
    }

    /// The date for a signature's scope: `20150830`.
    var date: String {
        let (year, month, day, _, _, _) = fields
        return digits(year, 4) + digits(month) + digits(day)
    }

    /// The moment as a signed request says it: `20150830T123600Z`.
    var basic: String {
        let (_, _, _, hour, minute, second) = fields
        return date + "T" + digits(hour) + digits(minute) + digits(second) + "Z"
    }

    private func digits(_ number: Int64, _ width: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}

extension Timestamp: CustomStringConvertible {
    /// The moment as AWS writes it: `2015-08-30T12:36:00Z`.
    public var description: String {
        let (year, month, day, hour, minute, second) = fields
        let date = "\(digits(year, 4))-\(digits(month))-\(digits(day))"
        return "\(date)T\(digits(hour)):\(digits(minute)):\(digits(second))Z"
    }

    /// Reads `2015-08-30T12:36:00Z`, with or without fractions of a second; nil for anything else.
    public init?(_ text: String) {
        var bytes = Array(text.utf8)
        guard bytes.popLast() == UInt8(ascii: "Z"), bytes.count >= 19 else { return nil }
        if bytes.count > 19 {
            guard bytes[19] == UInt8(ascii: "."), bytes.count <= 29, bytes[20...].allSatisfy(\.isDigit) else {
                return nil
            }
        }
        let separators: [(Int, Character)] = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")]
        for (index, separator) in separators where bytes[index] != separator.asciiValue { return nil }
        guard let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            let second = number(bytes[17..<19])
        else { return nil }
        self.init(year, month, day, hour, minute, second)
    }

    /// Reads the time of an HTTP answer, `Sun, 30 Aug 2015 12:36:00 GMT` (RFC 9110 section 5.6.7).
    init?(httpDate text: String) {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let time = words[4].utf8.split(separator: UInt8(ascii: ":"))
        guard time.count == 3, let day = number(words[1].utf8), let year = number(words[3].utf8),
            let hour = number(time[0]), let minute = number(time[1]), let second = number(time[2])
        else { return nil }
        self.init(year, Int64(month) + 1, day, hour, minute, second)
    }
}

/// The number that some digits make; nil for anything but one to four digits.
private func number(_ digits: some Collection<UInt8>) -> Int64? {
    guard 1...4 ~= digits.count, digits.allSatisfy(\.isDigit) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
}

extension UInt8 {
    fileprivate var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
