// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A number that only grows: things that happened. Its name ends in `_total`.
public struct MetricCounter: MetricInstrument {
    let sample: MetricSample

    init(_ sample: MetricSample) { self.sample = sample }

    /// The number now.
    public var value: Double { sample.value.withLock { $0.number } }

    /// Adds to the number; what is negative is not added.
    public func increment(by amount: Int = 1) {
        sample.value.withLock { $0.number += Double(max(0, amount)) }
    }

    /// Adds to the number, of seconds for example; what is negative is not added.
    public func increment(by amount: Double) { sample.value.withLock { $0.number += max(0, amount) } }
}

/// A number that goes up and down: how things are.
public struct MetricGauge: MetricInstrument {
    let sample: MetricSample

    init(_ sample: MetricSample) { self.sample = sample }

    /// The number now.
    public var value: Double { sample.value.withLock { $0.number } }

    /// Sets the number.
    public func set(_ number: Int) { set(Double(number)) }

    /// Sets the number.
    public func set(_ number: Double) { sample.value.withLock { $0.number = number } }

    /// Adds to the number, or takes away from it.
    public func add(_ amount: Int) { sample.value.withLock { $0.number += Double(amount) } }
}

/// How numbers, such as times in seconds, are distributed.
public struct MetricHistogram: MetricInstrument {
    let sample: MetricSample

    init(_ sample: MetricSample) { self.sample = sample }

    /// How many numbers there were.
    public var count: Int { sample.value.withLock { $0.count } }

    /// Takes a number.
    public func observe(_ number: Double) {
        sample.value.withLock { value in
            value.number += number
            value.count += 1
            // The first bucket that it is in; the others follow from it.
            if let index = sample.bounds.firstIndex(where: { number <= $0 }) { value.buckets[index] += 1 }
        }
    }

    /// Takes a time, in seconds.
    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) / 1e18)
    }
}

/// What a metric is written by.
public protocol MetricInstrument: Sendable {}

/// The numbers of a metric with certain values of its labels.
final class MetricSample: Sendable {
    struct Value {
        /// The number, or the sum of a histogram's.
        var number = 0.0
        var count = 0
        var buckets: [Int] = []
    }

    let bounds: [Double]
    let value: Mutex<Value>

    init(bounds: [Double]) {
        self.bounds = bounds
        value = Mutex(Value(buckets: [Int](repeating: 0, count: bounds.count)))
    }
}
