// SPDX-License-Identifier: Apache-2.0

import CNITesting
import LeaseStores
import Logging
import NodeAgentStatus
import NodeAgentTesting
import OverlayAgent
import Testing

/// What the agent says of itself.
@Suite struct StatusTests {
    private func ready() -> AgentStatus {
        var status = AgentStatus()
        status.waitingFor = nil
        status.lastComparison = .now
        status.store.answered()
        status.wantedPeers = 3
        status.programmedPeers = 3
        return status
    }

    @Test func `a node is ready when everything is in place`() {
        #expect(ready().problems.isEmpty)
        #expect(AgentStatus().problems.contains("waiting for start"))
    }

    @Test func `each reason is reported`() {
        func problems(_ change: (inout AgentStatus) -> Void) -> [String] {
            var status = ready()
            change(&status)
            return status.problems
        }
        #expect(problems { $0.waitingFor = "a lease: full" } == ["waiting for a lease: full"])
        #expect(problems { $0.kernelFailure = "refused" } == ["kernel: refused"])
        #expect(problems { $0.underlayFailure = "gone" } == ["interface: gone"])
        #expect(problems { $0.programmedPeers = 2 } == ["peers: 2 of 3 can be reached"])
        #expect(problems { $0.lastComparison = nil } == ["kernel: not compared yet"])
    }

    @Test func `a node that is left out for something of the host's is a problem, others are named`() {
        var status = ready()
        status.leftOut = [
            LeftOut(node: "worker3", cause: .unreadable, reason: "x"),
            LeftOut(node: "worker2", subnet: "10.5.2.0/24", cause: .host, reason: "in the way"),
        ]
        status.leftOut += (4..<30).map { LeftOut(node: "worker\($0)", cause: .lease, reason: "y") }
        let report = status.readiness(contactLimit: .seconds(300))
        #expect(report.problems == ["host: in the way"])
        #expect(report.notes.prefix(2) == ["peer left out: worker3: x", "peer left out: worker4: y"])
        #expect(report.notes.contains("peers left out: 7 more"))
    }

    @Test func `a store that does not answer is a reason only after a while`() {
        var status = ready()
        status.store.failed("connection refused")
        #expect(status.readiness(contactLimit: .seconds(300)).problems.isEmpty)
        let later = ContinuousClock.now + .seconds(400)
        let problems = status.readiness(contactLimit: .seconds(300), now: later).problems
        #expect(problems.first?.hasPrefix("store: no answer for ") == true)
    }

    @Test func `readiness says when the store answered, also when all is well`() {
        var status = ready()
        let soon = ContinuousClock.now + .seconds(7)
        let report = status.readiness(contactLimit: .seconds(300), now: soon)
        #expect(report.problems.isEmpty)
        #expect(["store: answered 7 s ago", "store: answered 6 s ago"].contains(report.notes.first))
        status.store.failed("no answer within 10 s")
        let failing = status.readiness(contactLimit: .seconds(300), now: soon)
        #expect(failing.notes.first?.hasSuffix("; since then: no answer within 10 s") == true)
    }

    @Test func `an agent that hangs is reported after two comparisons that did not come`() {
        let status = ready()
        #expect(status.health(resync: .seconds(60)).problems.isEmpty)
        let later = ContinuousClock.now + .seconds(200)
        #expect(
            status.health(resync: .seconds(60), now: later).problems.first?.hasPrefix(
                "the agent has done nothing")
                == true)
    }

    @Test func `the agent has the pages, and a help text for each metric`() async throws {
        let store = FileStore(path: "/nowhere")
        let agent = Agent(store: store, options: AgentOptions(), logger: Logger(label: "test"))
        #expect(agent.pages.paths == ["/healthz", "/metrics", "/readyz"])
        #expect(await agent.pages.page("/healthz").status == 200)
        #expect(await agent.pages.page("/readyz").text.hasPrefix("waiting for start\n"))
        let lines = await agent.pages.page("/metrics").text.split(separator: "\n")
        #expect(lines.contains("vxlan_agent_kernel_steps_total{cause=\"repair\"} 0"))
        #expect(lines.count { $0.hasPrefix("# HELP ") } == lines.count { $0.hasPrefix("# TYPE ") })
    }

    @Test(.needsProgram(Prometheus.promtool)) func `promtool finds nothing wrong with the metrics`()
        async throws
    {
        let agent = Agent(
            store: FileStore(path: "/nowhere"), options: AgentOptions(), logger: Logger(label: "test"))
        try Prometheus.check(await agent.pages.page("/metrics").text, in: TemporaryFolder())
    }
}
