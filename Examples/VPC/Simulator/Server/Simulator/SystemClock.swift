// SPDX-License-Identifier: Apache-2.0

import Glibc
public import VPCModel

extension Timestamp {
    /// The machine's time.
    public static var system: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// `Sun, 29 Nov 2026 01:00:00 GMT`, as HTTP writes times (RFC 9110 section 5.6.7).
    var http: String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let text = description
        let parts = text.split(whereSeparator: { "-T.Z".contains($0) })
        guard parts.count == 5, let month = Int(parts[1]), 1...12 ~= month else { return text }
        let weekday = Int((milliseconds / 86_400_000 % 7 + 7) % 7)
        return "\(days[weekday]), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]) GMT"
    }
}
