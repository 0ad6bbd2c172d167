// SPDX-License-Identifier: Apache-2.0

/// What was there before, for views that lag.
struct History: Sendable {
    private var span: Int64 = 0
    private var entries: [(time: Timestamp, resources: Resources)] = []

    /// Keeps what is needed to look back `span` milliseconds; what was before now looks as it does now.
    mutating func keep(_ span: Int64, of resources: Resources, at time: Timestamp) {
        self.span = span
        if span == 0 {
            entries = []
        } else if entries.isEmpty {
            entries = [(time, resources)]
        }
    }

    mutating func record(_ resources: Resources, at time: Timestamp) {
        guard span > 0 else { return }
        entries.append((time, resources))
        let oldest = time.adding(milliseconds: -span)
        // One entry from before the span stays: it is what was there when the span began.
        if let first = entries.lastIndex(where: { $0.time <= oldest }) { entries.removeFirst(first) }
    }

    func view(_ lag: Int64, before now: Timestamp, else resources: Resources) -> Resources {
        guard lag > 0 else { return resources }
        let moment = now.adding(milliseconds: -lag)
        return (entries.last { $0.time <= moment } ?? entries.first)?.resources ?? resources
    }
}
