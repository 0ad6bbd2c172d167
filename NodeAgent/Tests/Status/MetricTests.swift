// SPDX-License-Identifier: Apache-2.0

import CNITesting
import NodeAgentStatus
import NodeAgentTesting
import Testing

/// Metrics as Prometheus reads them.
@Suite struct MetricTests {
    @Test func `counters, gauges and histograms have help, type and labels`() {
        let registry = MetricRegistry()
        let steps = registry.counters("steps_total", help: "Steps, by\ncause.", labels: ["cause"])
        steps["a\"b\\c\nd"].increment(by: 2)
        steps["a\"b\\c\nd"].increment()
        registry.gauge("peers-wanted", help: "Peers.").set(7)
        let time = registry.histogram("time_seconds", help: "Time.")
        time.observe(.milliseconds(2))
        time.observe(0.7)
        let lines = registry.text.split(separator: "\n").map(String.init)
        #expect(lines.contains("# HELP steps_total Steps, by\\ncause."))
        #expect(lines.contains("# TYPE steps_total counter"))
        #expect(lines.contains(#"steps_total{cause="a\"b\\c\nd"} 3"#))
        #expect(lines.contains("# TYPE peers_wanted gauge"))
        #expect(lines.contains("peers_wanted 7"))
        #expect(lines.contains("# TYPE time_seconds histogram"))
        #expect(lines.contains("time_seconds_bucket{le=\"0.001\"} 0"))
        #expect(lines.contains("time_seconds_bucket{le=\"0.0025\"} 1"))
        #expect(lines.contains("time_seconds_bucket{le=\"1\"} 2"))
        #expect(lines.contains("time_seconds_bucket{le=\"+Inf\"} 2"))
        #expect(lines.contains("time_seconds_sum 0.702"))
        #expect(lines.contains("time_seconds_count 2"))
    }

    @Test func `a name that is asked for again is the same metric`() {
        let registry = MetricRegistry()
        registry.counter("a_total", help: "A.").increment()
        registry.counter("a_total", help: "Another.").increment(by: 0.5)
        #expect(registry.text == "# HELP a_total A.\n# TYPE a_total counter\na_total 1.5\n")
    }

    @Test func `a counter does not go back, and a gauge may be asked for`() {
        let registry = MetricRegistry()
        let counter = registry.counter("a_total", help: "A.")
        counter.increment(by: -1)
        #expect(counter.value == 0)
        registry.gauge("b", help: "B.") { 2.5 }
        #expect(registry.text.hasSuffix("# TYPE b gauge\nb 2.5\n"))
    }

    @Test func `what is gone is not shown`() {
        let registry = MetricRegistry()
        let gauges = registry.gauges("conflict", help: "C.", labels: ["node", "subnet"])
        gauges["a", "1"].set(1)
        gauges["b", "2"].set(1)
        gauges["c"].set(3)
        gauges.remove("c")
        gauges.keep(only: [["b", "2"]])
        #expect(
            registry.text
                == "# HELP conflict C.\n# TYPE conflict gauge\nconflict{node=\"b\",subnet=\"2\"} 1\n")
        gauges.keep(only: [])
        #expect(registry.text.isEmpty)
    }

    @Test func `NaN and infinities are written as Prometheus does`() {
        let registry = MetricRegistry()
        let gauge = registry.gauge("a", help: "A.")
        for (number, text) in [
            (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (1e300, "1e+300"),
        ] {
            gauge.set(number)
            #expect(registry.text.hasSuffix("\na \(text)\n"))
        }
    }

    @Test(.needsProgram(Prometheus.promtool)) func `promtool finds nothing wrong`() throws {
        let registry = MetricRegistry()
        registry.counters("agent_calls_total", help: "Calls, \"by\" name \\.", labels: ["name"])["é\n\"\\"]
            .increment()
        registry.counter("agent_passes_total", help: "Passes.").increment(by: 3)
        registry.gauge("agent_addresses", help: "Addresses.").set(-0.5)
        registry.histograms("agent_call_duration_seconds", help: "Time.", labels: ["name"])["a"].observe(0.1)
        let folder = try TemporaryFolder()
        try Prometheus.check(registry.text, in: folder)
    }
}
