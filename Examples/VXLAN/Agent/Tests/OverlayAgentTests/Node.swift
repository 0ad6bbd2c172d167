// SPDX-License-Identifier: Apache-2.0

import NodeAgentTesting
import AgentTestSupport
import CNIPlugin
import CNITesting
import CNITypes
import Glibc
import HostLocalPlugin
import Netlink
import Synchronization
import Testing
import VXLANOverlay
import VXLANPlugin

/// A node of a cluster: a network namespace, the agent's files, and the agent.
final class Node: Sendable {
    let number: Int
    let network: TestNetwork
    let folder: TemporaryFolder
    private let etcd: String
    private let agent = Mutex<Program?>(nil)

    init(_ number: Int, etcd: String) throws {
        self.number = number
        self.etcd = etcd
        var siblings = Siblings()
        siblings.add(HostLocalPlugin.self)
        network = try TestNetwork(siblings: siblings)
        folder = try TemporaryFolder()
    }

    var address: String { "192.168.77.\(number)" }
    var record: String { "\(folder.path)/agent.json" }
    var log: String { (try? TemporaryFolder.read("\(folder.path)/log")) ?? "" }

    func configureAddresses() throws {
        try ip("link set lo up")
        try ip("link set eth0 up")
        try ip("address add \(address)/24 dev eth0")
        try ip("address add fd77::\(number)/64 dev eth0 nodad")
        try ip("route add default via 192.168.77.254")
        try ip("route add default via fd77::fe")
    }

    /// Runs `ip` on the node.
    @discardableResult
    func ip(_ words: String) throws -> String { try run("/usr/sbin/ip \(words)") }

    /// Runs a program on the node.
    @discardableResult
    func run(_ words: String) throws -> String {
        try network.run {
            try Program.run(words.split(separator: " ").map(String.init), in: self.folder)
        }
    }

    /// The built agent, which is beside the tests.
    static var executable: String {
        let tests = CommandLine.arguments[0]
        let own = tests.contains("/") ? tests : ""
        let place = own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
        return "\(place)/vxlan-agent"
    }

    func start(_ options: [String] = []) throws {
        let words =
            [
                Self.executable, "run", "--store", "etcd", "--etcd-endpoints", etcd, "--lease-ttl",
                "\(Cluster.timeToLive)", "--record-file", record, "--subnet-file",
                "\(folder.path)/subnet.env",
            ] + options
        let started = try network.run { try Program(words, output: "\(self.folder.path)/log") }
        agent.withLock { $0 = started }
    }

    func stop(_ signal: CInt = SIGTERM) {
        agent.withLock { agent in
            agent?.end(signal)
            agent = nil
        }
    }

    /// Sends the agent a signal that does not end it.
    func send(_ signal: CInt) { agent.withLock { if let process = $0?.process { kill(process, signal) } } }

    /// A page of the agent's status; empty if it does not answer.
    func status(_ page: String) -> String {
        (try? run("/usr/bin/curl -s --max-time 5 http://127.0.0.1:8081/\(page)")) ?? ""
    }

    func metric(_ name: String) -> Double? {
        for line in status("metrics").split(separator: "\n") where line.hasPrefix("\(name) ") {
            return line.split(separator: " ").last.flatMap { Double($0) }
        }
        return nil
    }

    func waitUntilReady(peers: Int) async throws {
        let isReady = await holds(within: .seconds(60)) {
            self.status("readyz").hasPrefix("ok\n") && self.metric("vxlan_agent_peers_programmed") == Double(peers)
        }
        try #require(isReady != nil, "node\(number): \(status("readyz"))\n\(log)")
    }

    /// The node's lease, as its agent wrote it down.
    func lease() throws -> Lease {
        guard case .record(let record) = try NodeFile(reading: record) else {
            throw Program.Failure(description: "no record")
        }
        return record.lease
    }

    func attach(_ name: String) throws -> Pod {
        let container = try network.container(name)
        let configuration: JSON = [
            "cniVersion": "1.1.0", "name": "overlay", "type": "vxlan", "bridge": "cni0",
            "subnetFile": .string(record), "dataDir": .string(network.dataDir.path),
        ]
        let outcome = try network.call(VXLANPlugin.self, .add, configuration, for: container)
        guard outcome.status == 0, let result = outcome.output else {
            throw Program.Failure(description: "ADD: \(outcome)")
        }
        let addresses = (result["ips"]?.array ?? []).compactMap {
            $0["address"]?.string.flatMap { IPPrefix($0)?.address }
        }
        return Pod(container: container, addresses: addresses)
    }

    /// What leads to other nodes, in the words of ip(8) and bridge(8), sorted.
    func entries() throws -> [String] {
        let devices = ["flannel.1", "flannel-v6.1"].filter { (try? ip("link show \($0)")) != nil }
        let routes = try ip("route show proto 67") + ip("-6 route show proto 67")
        // Whether a route has a nexthop object depends on the kernel; that is shown as `nhid N`.
        var lines = routes.split(separator: "\n").map { line in
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            guard let place = words.firstIndex(of: "nhid") else { return String(line) }
            return (words[..<place] + words[(place + 2)...]).joined(separator: " ")
        }
        for device in devices {
            lines += try ip("neighbour show dev \(device) nud permanent").split(separator: "\n").map(
                String.init)
            lines += try run("/usr/sbin/bridge fdb show dev \(device)").split(separator: "\n").map(
                String.init)
        }
        return lines.map { $0.trimmingSuffix { $0 == " " } }.map(String.init).sorted()
    }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(while isBlank: (Character) -> Bool) -> SubSequence {
        var rest = self[...]
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest
    }
}
