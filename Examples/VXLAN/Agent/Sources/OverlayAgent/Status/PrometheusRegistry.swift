// SPDX-License-Identifier: Apache-2.0

public import CoreMetrics
internal import Synchronization

/// Metrics in the memory of the process, as text for Prometheus.
///
/// See the text-based format 0.0.4 of Prometheus. Times are summed up in seconds as histograms.
public final class PrometheusRegistry: MetricsFactory {
    private struct Key: Hashable {
        let label: String
        let dimensions: String
    }

    private let metrics = Mutex<[Key: PrometheusMetric]>([:])

    /// Creates a registry without metrics.
    public init() {}

    /// All metrics as they are now.
    public var text: String {
        let all = metrics.withLock { $0 }
        var lines: [String] = []
        var last = ""
        for (key, metric) in all.sorted(by: {
            ($0.key.label, $0.key.dimensions) < ($1.key.label, $1.key.dimensions)
        }) {
            if key.label != last { lines.append("# TYPE \(key.label) \(metric.kind)") }
            last = key.label
            lines += metric.lines(key.label, key.dimensions)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func metric(
        _ label: String, _ dimensions: [(String, String)], _ kind: PrometheusMetric.Kind
    ) -> PrometheusMetric {
        let texts = dimensions.map { "\(Self.name($0))=\"\(Self.escaped($1))\"" }
        let key = Key(label: Self.name(label), dimensions: texts.joined(separator: ","))
        return metrics.withLock { metrics in
            if let metric = metrics[key] { return metric }
            let metric = PrometheusMetric(kind)
            metrics[key] = metric
            return metric
        }
    }

    private static func name(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") ? $0 : "_" })
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    /// A number that grows.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        metric(label, dimensions, .counter)
    }

    /// A number that grows and shrinks.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        metric(label, dimensions, .gauge)
    }

    /// The last of the numbers, or how they are distributed.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        metric(label, dimensions, aggregate ? .histogram : .gauge)
    }

    /// How times are distributed.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        metric(label, dimensions, .histogram)
    }

    /// Metrics stay as long as the process.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// A number that is of no meaning any more, such as one of another node that is gone.
    public func destroyMeter(_ handler: any MeterHandler) {
        metrics.withLock { metrics in metrics = metrics.filter { $0.value !== handler } }
    }
    /// A number that is of no meaning any more, such as one of another node that is gone.
    public func destroyRecorder(_ handler: any RecorderHandler) {
        metrics.withLock { metrics in metrics = metrics.filter { $0.value !== handler } }
    }
    /// Metrics stay as long as the process.
    public func destroyTimer(_ handler: any TimerHandler) {}
}
