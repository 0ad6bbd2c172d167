// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNIPlugin
import CNITesting
import CNITypes
import Glibc
import NodeAgentTesting
import Synchronization
import Testing
import VPCPlugin

/// A node of the box: a namespace, the agent's files, the built agent, and the plugin.
final class BoxNode: Sendable {
    let name: String
    let network: TestNetwork
    /// The namespace's path, as long as this is there.
    let path: String
    let files: TemporaryFolder
    private let descriptor: CInt
    private let agent = Mutex<Program?>(nil)
    private let environment = Mutex<[String]>([])

    init(_ name: String, _ folder: TemporaryFolder) throws {
        self.name = name
        let network = try TestNetwork()
        self.network = network
        files = try TemporaryFolder()
        let descriptor = try network.run { open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC) }
        self.descriptor = descriptor
        path = "/proc/\(getpid())/fd/\(descriptor)"
        try ip("link set lo up")
        for folder in ["namespaces", "released"] { mkdir("\(files.path)/\(folder)", 0o700) }
    }

    deinit {
        stop(SIGKILL)
        close(descriptor)
    }

    /// Runs a program on the node; throws if it fails.
    @discardableResult
    func run(_ words: [String]) throws -> String {
        try network.run { try Program.run(words, in: self.files) }
    }

    @discardableResult
    func ip(_ words: String) throws -> String {
        try run(["/usr/sbin/ip"] + words.split(separator: " ").map(String.init))
    }

    /// Asks the metadata service with a token; nil if it does not answer.
    func metadata(_ leaf: String) throws -> String? {
        let base = "http://169.254.169.254/latest"
        let curl = ["/usr/bin/curl", "-sf", "--max-time", "90"]
        let lifetime = "x-aws-ec2-metadata-token-ttl-seconds: 60"
        guard let token = try? run(curl + ["-X", "PUT", "-H", lifetime, "\(base)/api/token"]) else {
            return nil
        }
        return try? run(curl + ["-H", "x-aws-ec2-metadata-token: \(token)", "\(base)/meta-data/\(leaf)"])
    }

    /// What of the node's network an agent could leave over; settings stay as they are.
    func snapshot() throws -> [String] {
        try network.snapshot().split(separator: "\n").map(String.init).filter { !$0.hasPrefix("sysctl ") }
    }

    // MARK: The agent

    private var arguments: [String] {
        [
            "--state-folder", "\(files.path)/state", "--socket", "\(files.path)/agent.sock",
            "--released-folder", "\(files.path)/released", "--namespaces", "\(files.path)/namespaces",
        ]
    }

    var log: String { (try? TemporaryFolder.read("\(files.path)/log")) ?? "" }

    /// Starts the agent; without variables those of the last time.
    func start(_ variables: [String: String]? = nil, _ options: [String] = []) throws {
        if let variables {
            let usual = [
                "AWS_EC2_ENDPOINT": "http://10.42.1.5", "CLUSTER_NAME": "box", "IP_COOLDOWN_PERIOD": "1",
            ]
            environment.withLock {
                $0 = usual.merging(variables) { $1 }.map { "\($0)=\($1)" }
            }
        }
        let environment = environment.withLock { $0 }
        let words = [BoxWorld.executable("vpc-agent"), "run"] + arguments + options
        let started = try network.run {
            try Program(words, output: "\(self.files.path)/log", environment: environment)
        }
        agent.withLock { $0 = started }
    }

    func stop(_ signal: CInt = SIGTERM) {
        agent.withLock { agent in
            agent?.end(signal)
            agent = nil
        }
    }

    private func page(_ address: String) -> String {
        (try? run(["/usr/bin/curl", "-s", "--max-time", "90", "http://127.0.0.1:\(address)"])) ?? ""
    }

    func waitUntilReady() throws {
        let isReady = eventually { page("8081/readyz").hasPrefix("ok") }
        try #require(isReady, "\(name): \(page("8081/readyz"))\n\(log)")
    }

    func metric(_ name: String) -> Double {
        for line in page("8081/metrics").split(separator: "\n") where line.hasPrefix("\(name) ") {
            return line.split(separator: " ").last.flatMap { Double($0) } ?? 0
        }
        return 0
    }

    func pool() throws -> JSON { try JSON(parsing: Array(page("61679/v1/pool").utf8)) }

    /// Stops the agent and gives everything back.
    func drain() throws {
        stop()
        let environment = environment.withLock { $0 }
        let words = [BoxWorld.executable("vpc-agent"), "drain"] + arguments
        _ = try network.run { try Program.run(words, in: self.files, environment: environment) }
    }

    // MARK: Pods

    private func configuration(_ mode: String) -> JSON {
        [
            "cniVersion": "1.1.0", "name": "vpc", "type": "vpc-eni", "mode": .string(mode),
            "agentSocket": .string("\(files.path)/agent.sock"),
            "releasedFolder": .string("\(files.path)/released"), "timeout": 90,
        ]
    }

    func call(_ command: Command, _ container: TestContainer, mode: String = "shared") throws -> Outcome {
        try network.call(
            VPCPlugin.self, command, configuration(mode), for: container,
            variables: ["CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=box;K8S_POD_NAME=\(container.id)"])
    }

    /// A container whose namespace the agent can find, as a runtime's.
    func container(_ id: String) throws -> TestContainer {
        let container = try network.container(id)
        let link = "\(files.path)/namespaces/\(id)"
        unlink(link)
        symlink(container.path, link)
        return container
    }

    /// Attaches a pod.
    func attach(_ id: String, mode: String = "shared") throws -> Pod {
        let container = try container(id)
        let outcome = try call(.add, container, mode: mode)
        guard outcome.status == 0, let result = outcome.output else {
            throw Program.Failure(description: "ADD \(id): \(outcome)\n\(log)")
        }
        let texts = (result["ips"]?.array ?? []).compactMap { $0["address"]?.string }
        return Pod(node: self, container: container, addresses: texts.compactMap { IPPrefix($0)?.address })
    }

    func detach(_ pod: Pod, mode: String = "shared") throws {
        let outcome = try call(.delete, pod.container, mode: mode)
        #expect(outcome.status == 0, "\(outcome)")
        pod.container.close()
        unlink("\(files.path)/namespaces/\(pod.container.id)")
    }
}

/// A pod with what the plugin gave it.
struct Pod: Sendable {
    let node: BoxNode
    let container: TestContainer
    let addresses: [IPAddress]

    /// Its first address.
    var text: String { addresses.first.map { "\($0)" } ?? "" }

    func address(_ family: IPAddress.Family = .v4) throws -> IPAddress {
        try #require(addresses.first { $0.family == family })
    }

    /// Whether a ping is answered: one a second goes for a minute and a half.
    func canPing(_ address: IPAddress) throws -> Bool { try container.canPing("\(address)") }
}

extension TestContainer {
    func run(_ words: [String]) throws -> String {
        let folder = try TemporaryFolder()
        return try run { try Program.run(words, in: folder) }
    }

    func canPing(_ address: String) throws -> Bool {
        (try? run(["/usr/bin/ping", "-n", "-q", "-c", "1", "-w", "90", address])) != nil
    }
}
