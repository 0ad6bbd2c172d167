// SPDX-License-Identifier: Apache-2.0

internal import CoreMetrics
internal import Synchronization

/// One metric of a registry.
final class PrometheusMetric: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    private struct Value {
        var number = 0.0
        var sum = 0.0
        var count = 0
        var buckets = [Int](repeating: 0, count: PrometheusMetric.bounds.count)
    }

    let kind: Kind
    private let value = Mutex(Value())

    /// The upper bounds of a histogram's buckets: from 1 ms, which is one lease, to 10 s.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

    init(_ kind: Kind) { self.kind = kind }

    func increment(by amount: Int64) { value.withLock { $0.number += Double(amount) } }
    func increment(by amount: Double) { value.withLock { $0.number += amount } }
    func decrement(by amount: Double) { value.withLock { $0.number -= amount } }
    func reset() { value.withLock { $0 = Value() } }
    func set(_ number: Int64) { set(Double(number)) }
    func set(_ number: Double) { value.withLock { $0.number = number } }
    func record(_ number: Int64) { record(Double(number)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ number: Double) {
        value.withLock { value in
            guard kind == .histogram else { return value.number = number }
            value.sum += number
            value.count += 1
            for (index, bound) in Self.bounds.enumerated() where number <= bound { value.buckets[index] += 1 }
        }
    }

    /// The metric's samples.
    func lines(_ label: String, _ dimensions: String) -> [String] {
        let value = value.withLock { $0 }
        let labels = dimensions.isEmpty ? "" : "{\(dimensions)}"
        guard kind == .histogram else { return ["\(label)\(labels) \(Self.text(value.number))"] }
        let before = dimensions.isEmpty ? "" : "\(dimensions),"
        let buckets = zip(Self.bounds, value.buckets).map {
            "\(label)_bucket{\(before)le=\"\(Self.text($0))\"} \($1)"
        }
        return buckets + [
            "\(label)_bucket{\(before)le=\"+Inf\"} \(value.count)",
            "\(label)_sum\(labels) \(Self.text(value.sum))", "\(label)_count\(labels) \(value.count)",
        ]
    }

    private static func text(_ number: Double) -> String {
        Int64(exactly: number).map { "\($0)" } ?? "\(number)"
    }
}
