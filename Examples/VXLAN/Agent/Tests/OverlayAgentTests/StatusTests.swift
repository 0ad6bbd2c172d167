// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import OverlayAgent
import Testing

/// What the agent says of itself.
@Suite struct StatusTests {
    private func ready() -> AgentStatus {
        var status = AgentStatus()
        status.waitingFor = nil
        status.lastPass = .now
        status.lastContact = .now
        status.wantedPeers = 3
        status.programmedPeers = 3
        return status
    }

    @Test func `a node is ready when everything is in place`() {
        #expect(ready().problems(contactLimit: .seconds(300)).isEmpty)
        #expect(AgentStatus().problems(contactLimit: .seconds(300)).contains("waiting for start"))
    }

    @Test func `each reason is told`() {
        func problems(_ change: (inout AgentStatus) -> Void) -> [String] {
            var status = ready()
            change(&status)
            return status.problems(contactLimit: .seconds(300))
        }
        #expect(problems { $0.waitingFor = "a lease: full" } == ["waiting for a lease: full"])
        #expect(problems { $0.kernelFailure = "refused" } == ["kernel: refused"])
        #expect(problems { $0.underlayFailure = "gone" } == ["interface: gone"])
        #expect(problems { $0.programmedPeers = 2 } == ["peers: 2 of 3 can be reached"])
        #expect(problems { $0.lastPass = nil } == ["kernel: not compared yet"])
    }

    @Test func `a store that does not answer is a reason only after a while`() {
        var status = ready()
        status.storeFailure = "connection refused"
        #expect(status.problems(contactLimit: .seconds(300)).isEmpty)
        let later = ContinuousClock.now + .seconds(400)
        #expect(
            status.problems(contactLimit: .seconds(300), now: later).first?.hasPrefix("store: no answer for ")
                == true)
    }

    @Test func `pages have their status and their type`() {
        let pages = StatusPages(board: StatusBoard(), registry: PrometheusRegistry(), options: AgentOptions())
        #expect(pages.page("/healthz") == pages.page("/healthz?verbose"))
        #expect(pages.page("/healthz").status == 200)
        #expect(pages.page("/readyz").status == 503)
        #expect(pages.page("/readyz").text.hasPrefix("waiting for start\n"))
        #expect(pages.page("/metrics").type.hasPrefix("text/plain; version=0.0.4"))
        #expect(pages.page("/").status == 404)
    }

    @Test func `metrics are in the format of Prometheus`() {
        let registry = PrometheusRegistry()
        let counter = registry.makeCounter(label: "steps_total", dimensions: [("cause", "a\"b\\c\nd")])
        counter.increment(by: 2)
        registry.makeCounter(label: "steps_total", dimensions: [("cause", "a\"b\\c\nd")]).increment(by: 1)
        registry.makeRecorder(label: "peers-wanted", dimensions: [], aggregate: false).record(Int64(7))
        let timer = registry.makeTimer(label: "time_seconds", dimensions: [])
        timer.recordNanoseconds(2_000_000)
        timer.recordNanoseconds(700_000_000)
        let lines = registry.text.split(separator: "\n").map(String.init)
        #expect(lines.contains("# TYPE steps_total counter"))
        #expect(lines.contains(#"steps_total{cause="a\"b\\c\nd"} 3"#))
        #expect(lines.contains("# TYPE peers_wanted gauge"))
        #expect(lines.contains("peers_wanted 7"))
        #expect(lines.contains("# TYPE time_seconds histogram"))
        #expect(lines.contains("time_seconds_bucket{le=\"0.001\"} 0"))
        #expect(lines.contains("time_seconds_bucket{le=\"0.0025\"} 1"))
        #expect(lines.contains("time_seconds_bucket{le=\"+Inf\"} 2"))
        #expect(lines.contains("time_seconds_sum 0.702"))
        #expect(lines.contains("time_seconds_count 2"))
    }

    @Test func `a number that is of no meaning any more is not shown`() {
        let registry = PrometheusRegistry()
        let gauges = ["a", "b"].map {
            registry.makeRecorder(label: "conflict", dimensions: [("node", $0)], aggregate: false)
        }
        for gauge in gauges { gauge.record(Int64(1)) }
        registry.destroyRecorder(gauges[0])
        #expect(registry.text == "# TYPE conflict gauge\nconflict{node=\"b\"} 1\n")
    }
}
