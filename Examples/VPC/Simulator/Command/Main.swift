// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import ServiceLifecycle
import UnixSignals
import VPCBox
import VPCModel
import VPCSimulator

/// `vpc-simulator`.
@main struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vpc-simulator",
        abstract: "A VPC in a box: EC2's Query API and IMDSv2 with the cloud's rules, on loopback.",
        discussion: """
            Without a file there is one VPC with two subnets in two zones, a group for nodes, and as many instances as \
            asked for. Point clients at it by AWS_ENDPOINT_URL_EC2; without keys of its own the file's region has the key \
            test with the secret test. The page at the same address draws the VPC. With `packets` in the file the VPC's \
            network is real: interfaces are links of instances' network namespaces.
            """)

    @Option(name: .shortAndLong, help: "A JSON file with VPCs, subnets, groups, instances, keys, faults.")
    var file: String?

    @Option(help: "Where to listen; port 0 is any.")
    var listen: String?

    @Option(help: "Give each instance's metadata service a port of its own on this address.")
    var metadataHost: String?

    @Option(help: "The first of those ports (default: any free ones).")
    var metadataPort: Int?

    @Option(help: "The region, where no file says it.")
    var region: String?

    @Option(help: "Without a file: the VPC's range.")
    var vpc = "10.0.0.0/16"

    @Option(help: "Without a file: how many instances there are.")
    var instances = 1

    @Option(help: "Without a file: the instances' type.")
    var type = "m5.large"

    @Flag(help: "Take requests without a signature, too.")
    var noSignatures = false

    mutating func run() async throws {
        var logger = Logger(label: "vpc-simulator") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .info
        let setup = try Setup.read(file: file, vpc: vpc, instances: instances, type: type, region: region)
        let address = try Setup.address(listen ?? setup.listen ?? "127.0.0.1:4599")
        let simulator = Simulator(
            settings: setup.settings, checksSignatures: setup.checksSignatures && !noSignatures)
        let names = try await simulator.apply(setup)
        if await simulator.hasNoKeys { await simulator.add(AccessKey(id: "test", secret: "test")) }
        for (name, id) in names.sorted(by: { $0.key < $1.key }) { print("\(name) \(id)") }
        var parts: [any Service] = []
        if let packets = try packets(of: setup) {
            parts.append(try await PacketService(packets, of: simulator, logger: logger))
        }
        let log = logger
        let service = SimulatorService(
            simulator: simulator, host: address.host, port: address.port,
            metadataHost: metadataHost ?? setup.metadataHost,
            metadataPort: metadataPort ?? setup.metadataPort,
            logger: logger
        ) { port in
            // A line for those who asked for any port.
            print("listening on http://\(address.host):\(port)")
            flush()
            log.info("simulator listening", metadata: ["address": "\(address.host):\(port)"])
        }
        try await ServiceGroup(
            services: parts + [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }

    private func packets(of setup: SetupDocument) throws -> PacketSetup? {
        do throws(DocumentError) {
            return try PacketSetup(setup)
        } catch {
            throw ValidationError("\(file ?? "the flags"): \(error)")
        }
    }
}
