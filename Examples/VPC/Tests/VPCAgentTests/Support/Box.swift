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
    private let task: Task<Void, any Error>

    init(type: String = "m5.large", prefix: String = "10.0.0.0/24", faults: JSON = [:]) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let document: JSON = [
            "region": "eu-central-1", "timing": ["attach": 0.1, "detach": 0.1],
            "keys": [["id": "test", "secret": "test"]],
            "faults": faults,
            "vpcs": [
                [
                    "name": "v", "cidrs": ["10.0.0.0/16"], "ipv6": true,
                    "groups": [["name": "nodes", "description": "nodes"]],
                    "subnets": [
                        ["name": "a", "cidr": .string(prefix), "ipv6": true, "zone": "eu-central-1a"],
                        [
                            "name": "b", "cidr": "10.0.9.0/24", "zone": "eu-central-1a",
                            "tags": ["kubernetes.io/role/cni": "1"],
                        ],
                    ],
                    "instances": [
                        ["name": "n", "type": .string(type), "subnet": "a", "groups": ["nodes"]]
                    ],
                ]
            ],
        ]
        let setup = try SetupDocument(parsing: Array(document.serialized().utf8))
        let simulator = Simulator(settings: setup.settings, checksSignatures: setup.checksSignatures)
        let names = try await simulator.apply(setup)
        instance = try #require(names["instance/n"])
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = SimulatorService(
            simulator: simulator, port: 0, metadataHost: "127.0.0.1", logger: logger
        ) { port.yield($0) }
        task = Task { try await server.run() }
        var iterator = ports.makeAsyncIterator()
        base = "http://127.0.0.1:\(try #require(await iterator.next()))"
        let endpoint = try await Self.metadataEndpoint(base, instance)
        let aws = try AWSEnvironment([
            "AWS_EC2_ENDPOINT": base, "AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1",
        ])
        service = try await aws.client(logger: logger)
        metadata = aws.metadata
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

    deinit { task.cancel() }

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
