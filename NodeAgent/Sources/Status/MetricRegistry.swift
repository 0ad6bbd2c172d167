// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// An agent's metrics, in the memory of the process, as text for Prometheus.
///
/// Each has a help text: that is why they are made here and not by swift-metrics, which has no place for one. A name that
/// is asked for again is the same metric.
public final class MetricRegistry: Sendable {
    private let families = Mutex<[String: MetricFamily]>([:])

    /// Creates a registry without metrics.
    public init() {}

    /// All metrics as they are now, in the text format 0.0.4 of Prometheus.
    public var text: String {
        families.withLock { $0 }.sorted { $0.key < $1.key }.flatMap(\.value.lines).map { $0 + "\n" }.joined()
    }

    /// A number that only grows.
    ///
    /// - Parameter name: It ends in `_total`: `vxlan_agent_passes_total`.
    /// - Parameter help: What is counted, in a sentence.
    public func counter(_ name: String, help: String) -> MetricCounter {
        MetricCounter(family(name, help, .counter).sample([]))
    }

    /// Numbers that only grow, one for each of the labels' values that is used.
    public func counters(_ name: String, help: String, labels: [String]) -> LabelledMetric<MetricCounter> {
        LabelledMetric(family(name, help, .counter, labels), MetricCounter.init)
    }

    /// A number that goes up and down.
    public func gauge(_ name: String, help: String) -> MetricGauge {
        MetricGauge(family(name, help, .gauge).sample([]))
    }

    /// Numbers that go up and down, one for each of the labels' values that is used.
    public func gauges(_ name: String, help: String, labels: [String]) -> LabelledMetric<MetricGauge> {
        LabelledMetric(family(name, help, .gauge, labels), MetricGauge.init)
    }

    /// A number that is asked for whenever the metrics are read.
    public func gauge(_ name: String, help: String, reading: @escaping @Sendable () -> Double) {
        _ = family(name, help, .gauge, reading: reading)
    }

    /// How numbers are distributed.
    ///
    /// - Parameter name: It ends in the unit: `_seconds`.
    /// - Parameter buckets: The upper bounds; as it is from 1 ms to 10 s.
    public func histogram(
        _ name: String, help: String, buckets: [Double] = MetricRegistry.times
    ) -> MetricHistogram {
        MetricHistogram(family(name, help, .histogram, buckets: buckets).sample([]))
    }

    /// How numbers are distributed, for each of the labels' values that is used.
    public func histograms(
        _ name: String, help: String, labels: [String], buckets: [Double] = MetricRegistry.times
    ) -> LabelledMetric<MetricHistogram> {
        LabelledMetric(family(name, help, .histogram, labels, buckets: buckets), MetricHistogram.init)
    }

    /// Bounds for times of work on the node: from 1 ms to 10 s, in seconds.
    public static let times = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

    private func family(
        _ name: String, _ help: String, _ kind: MetricFamily.Kind, _ labels: [String] = [],
        buckets: [Double] = [], reading: (@Sendable () -> Double)? = nil
    ) -> MetricFamily {
        families.withLock { families in
            if let family = families[name] { return family }
            let family = MetricFamily(
                name: name, help: help, kind: kind, labels: labels, bounds: buckets, reading: reading)
            families[name] = family
            return family
        }
    }
}

/// Metrics of one name, distinguished by labels.
public struct LabelledMetric<Instrument: MetricInstrument>: Sendable {
    private let family: MetricFamily
    private let make: @Sendable (MetricSample) -> Instrument

    init(_ family: MetricFamily, _ make: @escaping @Sendable (MetricSample) -> Instrument) {
        self.family = family
        self.make = make
    }

    /// The metric for values of the labels, in the order of their names; shown from then on.
    public subscript(values: String...) -> Instrument { make(family.sample(values)) }

    /// Shows none any more for these values.
    public func remove(_ values: String...) { family.remove(values) }

    /// Shows only those for these values: of what is gone nothing is to be known.
    public func keep(only values: Set<[String]>) { family.keep(only: values) }
}
