// SPDX-License-Identifier: Apache-2.0

import CNITypes
import EC2
import Logging
import NodeAgent
import Testing
import VPCSimulator

/// A VPC in a box on loopback, with a node in it, and clients that find both by the usual variables.
final class Box: Sendable {
    let base: String
    let instance: String
    let service: EC2Client
    let metadata: MetadataClient
    let simulator: Simulator
    /// The identifiers of what has a name: `subnet/a`.
    let names: [String: String]
    private let endpoint: String
    private let task: Task<Void, any Error>
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameter policy: What the node's role may do; everything without one.
    init(
        type: String = "m5.large", prefix: String = "10.0.0.0/24", faults: JSON = [:], policy: JSON? = nil
    ) async throws {
        let document: JSON = [
            "region": "eu-central-1", "timing": ["attach": 0.1, "detach": 0.1],
            "keys": [["id": "test", "secret": "test"]],
            "roles": ["node": policy.map { ["policy": $0] } ?? [:]],
            "faults": faults,
            "vpcs": [
                [
                    "name": "v", "cidrs": ["10.0.0.0/16", "100.64.0.0/16"], "ipv6": true,
                    "groups": [["name": "nodes"], ["name": "pods"], ["name": "more"]],
                    "subnets": [
                        ["name": "a", "cidr": .string(prefix), "ipv6": true, "zone": "eu-central-1a"],
                        [
                            "name": "b", "cidr": "10.0.9.0/24", "zone": "eu-central-1a",
                            "tags": ["kubernetes.io/role/cni": "1"],
                        ],
                        ["name": "pods", "cidr": "100.64.0.0/24", "zone": "eu-central-1a"],
                        ["name": "other-zone", "cidr": "100.64.1.0/24", "zone": "eu-central-1b"],
                    ],
                    "instances": [
                        [
                            "name": "n", "type": .string(type), "subnet": "a", "groups": ["nodes"],
                            "role": "node",
                        ]
                    ],
                ]
            ],
        ]
        let setup = try SetupDocument(parsing: Array(document.serialized().utf8))
        simulator = Simulator(settings: setup.settings, checksSignatures: setup.checksSignatures)
        names = try await simulator.apply(setup)
        instance = try #require(names["instance/n"])
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = SimulatorService(
            simulator: simulator, port: 0, metadataHost: "127.0.0.1",
            logger: Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() }
        ) { port.yield($0) }
        task = Task { try await server.run() }
        var iterator = ports.makeAsyncIterator()
        base = "http://127.0.0.1:\(try #require(await iterator.next()))"
        endpoint = try await Self.metadataEndpoint(base, instance)
        let aws = try AWSEnvironment(Self.variables(base, endpoint))
        service = try await aws.client(logger: logger)
        metadata = aws.metadata
    }

    private static func variables(_ base: String, _ endpoint: String) -> [String: String] {
        [
            "AWS_EC2_ENDPOINT": base, "AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1",
        ]
    }

    /// The variables by which another process finds it.
    var variables: [String: String] { Self.variables(base, endpoint) }

    /// Another client, which waits for less long; with the instance's role unless the variables have a key.
    func client(_ variables: [String: String] = [:], attempt: Duration = .seconds(5)) async throws
        -> EC2Client
    {
        var all = self.variables
        all["AWS_ACCESS_KEY_ID"] = nil
        all["AWS_SECRET_ACCESS_KEY"] = nil
        return try await AWSEnvironment(all.merging(variables) { $1 }).client(logger: logger) {
            $0.attemptLimit = attempt
            $0.deadline = attempt * 4
        }
    }

    /// What there is, for who may do everything.
    var state: JSON {
        get async throws { try await JSONClient(base).request(.get, "/_simulator/state").body }
    }

    /// The calls so far.
    func log() async throws -> [JSON] {
        try await JSONClient(base).request(.get, "/_simulator/calls?limit=10000").body["calls"]?.array ?? []
    }

    /// Something asked of the cloud itself.
    func post(_ path: String) async throws {
        let answer = try await JSONClient(base).request(.post, "/_simulator/\(path)", body: [:])
        try #require(answer.isSuccess, "\(answer.body)")
    }

    /// Ends all faults, and lets go of held calls.
    func clearFaults() async throws {
        let answer = try await JSONClient(base).request(.delete, "/_simulator/faults")
        try #require(answer.isSuccess, "\(answer.body)")
    }

    /// Where the instance's metadata service is, as soon as it is somewhere.
    private static func metadataEndpoint(_ base: String, _ instance: String) async throws -> String {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            let state = try await JSONClient(base).request(.get, "/_simulator/state").body
            let found = state["instances"]?.array?.first { $0["id"]?.string == instance }
            if let endpoint = found?["metadata"]?.string { return endpoint }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CNIError(.ioFailure, "no metadata service")
    }

    deinit {
        // Clients of a test that has ended may still be about to connect, and NIO ends the process if a connection comes at
        // the moment that hummingbird's server is cancelled.
        Task { [task] in
            try? await Task.sleep(for: .seconds(60))
            task.cancel()
        }
    }

    /// Has something go wrong on purpose.
    func set(_ faults: JSON) async throws {
        let answer = try await JSONClient(base).request(.put, "/_simulator/faults", body: faults)
        try #require(answer.isSuccess, "\(answer.body)")
    }

    /// How often calls were made, by name, and how often refused.
    func calls() async throws -> [String: (calls: Int, refused: Int)] {
        let answer = try await JSONClient(base).request(.get, "/_simulator/calls?limit=0")
        var calls: [String: (Int, Int)] = [:]
        for (name, total) in answer.body["totals"]?.object ?? [:] {
            calls[name] = (total["calls"]?.int ?? 0, total["refused"]?.int ?? 0)
        }
        return calls
    }

    /// The ENIs that exist.
    func interfaces() async throws -> [NetworkInterface] {
        try await service.describeNetworkInterfaces(.matching([]))
    }
}
