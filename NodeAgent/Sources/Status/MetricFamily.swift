// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// All numbers of a name.
final class MetricFamily: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    let name: String
    let help: String
    let kind: Kind
    private let labels: [String]
    private let bounds: [Double]
    private let samples = Mutex<[[String]: MetricSample]>([:])
    /// Asked for the number of one without labels whenever it is shown; nil for one that is set.
    private let reading: (@Sendable () -> Double)?

    init(
        name: String, help: String, kind: Kind, labels: [String], bounds: [Double] = [],
        reading: (@Sendable () -> Double)? = nil
    ) {
        self.name = Self.identifier(name)
        self.help = help
        self.kind = kind
        self.labels = labels.map(Self.identifier)
        self.bounds = bounds.sorted()
        self.reading = reading
        // One without labels is there from the start: 0 is a number, too.
        if labels.isEmpty { _ = sample([]) }
    }

    func sample(_ values: [String]) -> MetricSample {
        // Values that are missing are empty, as Prometheus has it.
        let values = labels.indices.map { $0 < values.count ? values[$0] : "" }
        return samples.withLock { samples in
            if let sample = samples[values] { return sample }
            let sample = MetricSample(bounds: bounds)
            samples[values] = sample
            return sample
        }
    }

    func keep(only values: Set<[String]>) {
        samples.withLock { samples in samples = samples.filter { values.contains($0.key) } }
    }

    func remove(_ values: [String]) { samples.withLock { $0[values] = nil } }

    /// The family in the text format; nothing if there is no number.
    var lines: [String] {
        let samples = samples.withLock { $0 }
        if samples.isEmpty { return [] }
        let comments = ["# HELP \(name) \(Self.escaped(help, quotes: false))", "# TYPE \(name) \(kind)"]
        return comments
            + samples.sorted { $0.key.lexicographicallyPrecedes($1.key) }.flatMap {
                lines(of: $0.value, $0.key)
            }
    }

    private func lines(of sample: MetricSample, _ values: [String]) -> [String] {
        let pairs = zip(labels, values).map { "\($0)=\"\(Self.escaped($1, quotes: true))\"" }
        func selector(_ more: String...) -> String {
            let all = pairs + more
            return all.isEmpty ? "" : "{\(all.joined(separator: ","))}"
        }
        let value = sample.value.withLock { $0 }
        guard kind == .histogram else {
            return ["\(name)\(selector()) \(Self.text(reading?() ?? value.number))"]
        }
        var lines: [String] = []
        var count = 0
        for (bound, bucket) in zip(sample.bounds, value.buckets) {
            count += bucket
            lines.append("\(name)_bucket\(selector("le=\"\(Self.text(bound))\"")) \(count)")
        }
        return lines + [
            "\(name)_bucket\(selector("le=\"+Inf\"")) \(value.count)",
            "\(name)_sum\(selector()) \(Self.text(value.number))", "\(name)_count\(selector()) \(value.count)",
        ]
    }

    private static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: number).map { "\($0)" } ?? "\(number)"
    }

    /// A name as Prometheus allows it.
    private static func identifier(_ text: String) -> String {
        let name = String(
            text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") ? $0 : "_" })
        return name.first?.isNumber ?? true ? "_\(name)" : name
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"" where quotes: escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
